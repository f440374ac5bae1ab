import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ImageChoice } from '../../../report/report-images.ts'
import { UsageError } from '../../invocation/usage-error.ts'

/** Help of the places that `parseImagePlace` reads. */
export const imagePlaces = `
Images:
  NAME, DIGEST            the local store
  docker://NAME           a registry
  oci:DIRECTORY[:TAG]     an OCI image layout on disk
  ./FILE, /FILE, FILE.tar an archive with one image: docker save, podman save, tsbuild save, or a layout in a tar
`

/** An image to report on. Throws `UsageError` for an empty part or a missing file. */
export function parseImagePlace(text: string, cwd: string): ImageChoice {
  const [, scheme = '', rest = ''] = /^(store:|oci:|docker:\/\/)?(.*)$/s.exec(text) ?? []
  if (rest === '')
    throw new UsageError(`no image in "${text}": expected a name, docker://NAME, oci:DIRECTORY[:TAG] or an archive`)
  switch (scheme) {
    case 'docker://':
      return { name: rest, place: { kind: 'registry', reference: rest } }
    case 'oci:': {
      const [, directory = rest, tag] = /^(.+):([^:/]+)$/.exec(rest) ?? []
      const place = { kind: 'layout', directory: resolve(cwd, directory), ...(tag !== undefined && { tag }) } as const
      return { name: text, place }
    }
    case '':
      if (/^\.{0,2}\/|\.(?:tar|tgz|tar\.\w+)$/.test(rest)) return archiveAt(rest, cwd)
  }
  return { name: rest, place: { kind: 'store', reference: rest } }
}

/** A name of the store may end like the name of a file. */
function archiveAt(text: string, cwd: string): ImageChoice {
  const file = resolve(cwd, text)
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isDirectory()) throw new UsageError(`"${text}" is a directory`, { hint: `name a layout as oci:${text}` })
  if (found !== undefined) return { name: text, place: { kind: 'archive', file } }
  if (/^\.{0,2}\//.test(text)) throw new UsageError(`"${text}" does not exist`)
  return { name: text, place: { kind: 'store', reference: text } }
}
