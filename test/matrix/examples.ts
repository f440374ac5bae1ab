import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files of `docs/isolation.md` that grant rights to containers. */
export const examplesDirectory: string = join(import.meta.dirname, '../../examples/locked-down')

/** The flags of the `docker run` of a script, without those of its streams. */
export function flagsOfDockerLine(name: string): readonly string[] {
  const text = readFileSync(join(examplesDirectory, name), 'utf8').replaceAll('\\\n', ' ')
  const [, flags = ''] = /docker run (.*?) registry\.example\//s.exec(text) ?? []
  return words(flags).filter((word) => word !== '--rm' && word !== '-i')
}

/**
 * Flags of `docker run` that give what the security context of a pod gives: Docker's default
 * profile is RuntimeDefault, and an emptyDir has devices.
 */
export function flagsOfPod(name: string): readonly string[] {
  const text = readFileSync(join(examplesDirectory, name), 'utf8')
  const value = (key: string): string => new RegExp(`^ *(?:- )?${key}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const list = (key: string): readonly string[] => words(value(key).replaceAll(/[[\],]/g, ' '))
  const variables = [...text.matchAll(/- name: ([A-Z_]+)\n *value: (.*)/g)].map(
    ([, name, content]) => `${name}=${content}`,
  )
  return [
    ...['-u', value('runAsUser')],
    ...(value('readOnlyRootFilesystem') === 'true' ? ['--read-only'] : []),
    ...(value('allowPrivilegeEscalation') === 'false' ? ['--security-opt', 'no-new-privileges'] : []),
    ...list('drop').flatMap((name) => ['--cap-drop', name]),
    ...list('add').flatMap((name) => ['--cap-add', name]),
    ...['--tmpfs', `${value('mountPath')}:exec,dev`],
    ...variables.flatMap((text) => ['-e', text]),
  ]
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
