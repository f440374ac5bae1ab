import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ImageChoice } from '../../../report/report-images.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { namesPlace, parseEndpoint } from './parse-endpoint.ts'

/** Help of the places that `parseImagePlace` reads. */
export const imagePlaces = `
Images:
  NAME, DIGEST            the local store
  docker://NAME           a registry
  oci:DIRECTORY[:NAME]    an OCI image layout on disk
  ./FILE, /FILE, FILE.tar an archive with one image: docker save, podman save, tsbuild save, or a layout in a tar
  oci-archive:FILE[:NAME] an image of an archive; docker-archive: is the same
`

/** An image to report on. Throws `UsageError` for an empty part or a missing file. */
export function parseImagePlace(text: string, cwd: string): ImageChoice {
  if (text === '') throw new UsageError('the name of an image is empty')
  if (namesPlace(text)) {
    const place = parseEndpoint(text, cwd)
    return { name: 'reference' in place ? place.reference : text, place }
  }
  if (/^\.{0,2}\/|\.(?:tar|tgz|tar\.\w+)$/.test(text)) return archiveAt(text, cwd)
  return { name: text, place: { kind: 'store', reference: text } }
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
