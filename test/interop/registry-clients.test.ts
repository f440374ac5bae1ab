import { join } from 'node:path'
import { registryMissing } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../registry/places-test.ts'

const dockerfile = 'FROM scratch\nCOPY a /a\nENV A=1\n'
const platforms = ['--platform', 'linux/amd64,linux/arm64']

const skopeo = registryMissing ?? withoutPrograms('skopeo')
describe.skipIf(skopeo !== undefined)(titled('skopeo and tsbuild at one registry', skopeo), () => {
  test('each copies what the other pushed', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/skopeo:1`
    const digest = await push(name, dockerfile, ...platforms)
    const layout = join(cwd, 'pulled')
    await runOrThrow('skopeo', ['copy', '-q', '--all', '--src-tls-verify=false', `docker://${name}`, `oci:${layout}:1`])
    expect(await call('digest', `oci:${layout}:1`)).toBe(`${digest}\n`)
    const back = `docker://${registry.host}/skopeo:2`
    await runOrThrow('skopeo', ['copy', '-q', '--all', '--dest-tls-verify=false', `oci:${layout}:1`, back])
    expect(await call('validate', back)).toContain(`${digest}: `)
  })

  test('Docker schema 2 in both directions', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/schema2:1`
    await push(name, dockerfile)
    const target = `docker://${registry.host}/schema2:docker`
    const flags = ['copy', '-q', '--format', 'v2s2', '--src-tls-verify=false', '--dest-tls-verify=false']
    await runOrThrow('skopeo', [...flags, `docker://${name}`, target])
    expect(await call('inspect', '-f', '{{.Manifest.MediaType}}', target)).toContain('docker.distribution.manifest.v2')
    expect(await call('validate', target)).toContain(' 0 faults')
    const digest = await call('copy', target, `${registry.host}/schema2:copied`)
    const inspect = [
      'inspect',
      '--tls-verify=false',
      '--format',
      '{{.Digest}}',
      `docker://${registry.host}/schema2:copied`,
    ]
    expect(await runOrThrow('skopeo', inspect)).toBe(digest)
    await call('copy', target, 'docker-archive:image.tar:schema2:1')
    const config = await runOrThrow('skopeo', [
      'inspect',
      '--config',
      `docker-archive:${join(cwd, 'image.tar')}:schema2:1`,
    ])
    expect(config).toContain('"A=1"')
  })
})

const podman = registryMissing ?? withoutPrograms('podman')
describe.skipIf(podman !== undefined)(titled('podman and tsbuild at one registry', podman), () => {
  test('podman pulls what tsbuild pushed, and pushes what tsbuild reads', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/podman:1`
    await push(name, dockerfile)
    const run = (...args: readonly string[]): Promise<string> =>
      runOrThrow('podman', [
        '--root',
        join(cwd, 'podman'),
        '--runroot',
        join(cwd, 'podman-run'),
        '--storage-driver',
        'vfs',
        ...args,
      ])
    await run('pull', '-q', '--tls-verify=false', name)
    await run('push', '-q', '--tls-verify=false', name, `${registry.host}/podman:2`)
    expect(await call('validate', `${registry.host}/podman:2`)).toContain(' 0 faults')
    expect(await call('inspect', '-f', '{{.Config.Env}}', `docker://${registry.host}/podman:2`)).toContain('A=1')
  })
})

const crane = registryMissing ?? withoutPrograms('crane')
describe.skipIf(crane !== undefined)(titled('crane and tsbuild at one registry', crane), () => {
  test('crane validates what tsbuild wrote, and tsbuild what crane changed', async ({ registry, push, call }) => {
    const name = `${registry.host}/crane:1`
    const digest = await push(name, dockerfile, ...platforms)
    expect(await runOrThrow('crane', ['digest', '--insecure', name])).toBe(`${digest}\n`)
    await runOrThrow('crane', ['validate', '--insecure', '--remote', name])
    await call('annotate', name, '--annotation', 'a=b', '-t', `${registry.host}/crane:2`)
    await runOrThrow('crane', ['validate', '--insecure', '--remote', `${registry.host}/crane:2`])
    await runOrThrow('crane', ['copy', '--insecure', name, `${registry.host}/crane-copy:1`])
    expect(await call('validate', `${registry.host}/crane-copy:1`)).toContain(`${digest}: `)
  })
})

const oras = registryMissing ?? withoutPrograms('oras')
describe.skipIf(oras !== undefined)(titled('oras and tsbuild at one registry', oras), () => {
  test('each lists the referrers that the other pushed', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/oras:1`
    await push(name, dockerfile)
    const attach = ['attach', '--plain-http', '--artifact-type', 'application/x.note', name, 'context/a:text/plain']
    await runOrThrow('oras', attach, { cwd })
    expect(await call('referrers', '--artifact-type', 'application/x.note', name)).toContain(
      'application/x.note  sha256:',
    )
    await call('copy', '--referrers', name, `${registry.host}/oras-copy:1`)
    const found = await runOrThrow('oras', ['discover', '--plain-http', `${registry.host}/oras-copy:1`])
    expect(found).toContain('application/x.note')
  })
})
