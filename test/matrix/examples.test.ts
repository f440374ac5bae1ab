import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { examplesDirectory, flagsOfDockerLine, flagsOfPod } from './examples.ts'

const capabilities = 'CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' ')

test('the pod and the docker line ask for the same rights', () => {
  const rights = ['--cap-drop', 'ALL', ...capabilities.flatMap((name) => ['--cap-add', name])]
  const restrictions = ['--read-only', '--security-opt', 'no-new-privileges']
  expect(flagsOfPod('pod.yaml')).toEqual(expect.arrayContaining([...restrictions, ...rights]))
  expect(flagsOfDockerLine('docker-run.sh')).toEqual(expect.arrayContaining([...restrictions, ...rights]))
  expect(flagsOfPod('pod.yaml')).toEqual(
    expect.arrayContaining(['-u', '0', '--tmpfs', '/work:exec,dev', '-e', 'TSBUILD_ROOT=/work/store']),
  )
})

test('a user without rights asks for no capability', () => {
  const flags = ['-u', '1000', '--read-only', '--security-opt', 'no-new-privileges', '--cap-drop', 'ALL']
  expect(flagsOfPod('pod-restricted.yaml')).toEqual(expect.arrayContaining(flags))
  expect(flagsOfDockerLine('docker-run-user.sh')).toEqual(expect.arrayContaining(flags))
  for (const found of [flagsOfPod('pod-restricted.yaml'), flagsOfDockerLine('docker-run-user.sh')])
    expect(found).not.toContain('--cap-add')
})

test('the constraints for OpenShift allow what the pod asks for', async () => {
  const constraints = await readFile(join(examplesDirectory, 'openshift.yaml'), 'utf8')
  expect(constraints).toContain(`allowedCapabilities: [${capabilities.join(', ')}]`)
  expect(constraints).toContain('requiredDropCapabilities: [ALL]')
  expect(constraints).toMatch(/^runAsUser:\n {2}type: RunAsAny$/m)
})

test.each([
  'Dockerfile',
  'pod-restricted.yaml',
  'pod.yaml',
  'openshift.yaml',
  'gitlab-ci.yml',
  'docker-run.sh',
  'docker-run-user.sh',
])('docs/isolation.md has %s as it is', async (name) => {
  const page = await readFile(join(import.meta.dirname, '../../docs/isolation.md'), 'utf8')
  expect(page).toContain(`\n\`\`\`${language(name)}\n${await readFile(join(examplesDirectory, name), 'utf8')}\`\`\`\n`)
})

function language(name: string): string {
  return name === 'Dockerfile' ? 'dockerfile' : name.endsWith('.sh') ? 'sh' : 'yaml'
}
