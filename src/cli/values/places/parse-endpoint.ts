import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import { UsageError } from '../../invocation/usage-error.ts'

const schemes = [
  'docker://',
  'store:',
  'oci:',
  'oci-archive:',
  'docker-archive:',
  'containers-storage:',
  'docker-daemon:',
] as const

/** Places of other tools, and how their images come here. */
const foreign: Readonly<Record<string, string>> = {
  'dir:': 'use oci:DIRECTORY, or skopeo copy dir:DIRECTORY oci:DIRECTORY',
  'oci-layout://': 'write oci:DIRECTORY[:NAME]',
}

/** Help of commands that take places. */
export const placesHelp = `
Places:
  NAME, docker://NAME          a registry
  store:NAME                   the local store
  oci:DIRECTORY[:NAME]         an OCI image layout on disk
  oci-archive:FILE[:NAME]      an OCI image layout in a tar
  docker-archive:FILE[:NAME]   an archive for docker load
  containers-storage:NAME      the store of podman and buildah, by skopeo
  docker-daemon:NAME:TAG       Docker, by skopeo
`

/**
 * A place of an image, as `placesHelp` describes them. Paths become absolute. Throws `UsageError`
 * for an empty part.
 */
export function parseEndpoint(text: string, cwd: string): CopyEndpoint {
  const other = Object.keys(foreign).find((prefix) => text.startsWith(prefix))
  if (other !== undefined)
    throw new UsageError(`cannot use "${text}": ${other} is not a place of tsbuild`, { hint: foreign[other] ?? '' })
  const scheme = schemes.find((prefix) => text.startsWith(prefix)) ?? ''
  const rest = text.slice(scheme.length)
  if (rest === '') {
    const missing = /^oci:|archive:$/.test(scheme) ? 'a path' : 'a name'
    throw new UsageError(
      scheme === ''
        ? `cannot use "${text}" as a place: expected one of ${['NAME', ...schemes].join(', ')}`
        : `cannot use "${text}" as a place: ${missing} is missing after "${scheme}"`,
    )
  }
  switch (scheme) {
    case 'store:':
      return { kind: 'store', reference: rest }
    case 'containers-storage:':
    case 'docker-daemon:':
      return { kind: 'skopeo', reference: text }
    case 'oci:': {
      const { path, name } = splitName(rest, cwd)
      return { kind: 'layout', directory: resolve(cwd, path), ...(name !== undefined && { tag: name }) }
    }
    case 'oci-archive:':
    case 'docker-archive:': {
      const { path, name } = splitName(rest, cwd)
      const format = scheme === 'oci-archive:' ? 'oci' : 'docker'
      return { kind: 'archive', file: resolve(cwd, path), format, ...(name !== undefined && { name }) }
    }
    default:
      return { kind: 'registry', reference: rest }
  }
}

/** True for a text that names its place, and is not only the name of an image. */
export function namesPlace(text: string): boolean {
  return [...schemes, ...Object.keys(foreign)].some((prefix) => text.startsWith(prefix))
}

/**
 * Path and name. The path ends at the first colon, since a name may have more of them, as it does
 * for skopeo, unless there is a file or directory with colons in its path.
 */
function splitName(text: string, cwd: string): { readonly path: string; readonly name: string | undefined } {
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index)
  const exists = (path: string): boolean => existsSync(resolve(cwd, path))
  const isPath = (path: string): boolean => {
    const [parent, last] = [dirname(path), basename(path)]
    return exists(path) || (parent.includes(':') && !last.includes(':') && exists(parent))
  }
  const longest = [text.length, ...colons.slice(1).toReversed()].find((at) => isPath(text.slice(0, at)))
  const end = longest ?? colons[0] ?? text.length
  const name = text.slice(end + 1)
  return { path: text.slice(0, end), name: name === '' ? undefined : name }
}
