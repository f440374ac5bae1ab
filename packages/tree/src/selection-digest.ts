import type { Digest } from '@tsbuild/oci'
import { createHash } from 'node:crypto'
import { describeEntry } from './listing-digest.ts'
import { type SelectOptions, selectSources, type SourcePattern } from './select.ts'
import type { TreeView } from './view.ts'

const version = 'tsbuild selection 1 '

/**
 * Digest of what a copy of these sources reads, in their order: names, types, modes, owners, capabilities, link targets and
 * content digests; neither times, nor where in the file system it lies, nor the metadata of a directory whose contents are copied,
 * because nothing of these but times arrives. Throws as `selectSources` does, and `DIGEST_UNKNOWN` for contents without digest.
 */
export function selectionDigest(view: TreeView, sources: readonly SourcePattern[], options: SelectOptions = {}): Digest {
  const hash = createHash('sha256').update(version)
  for (const source of sources) {
    const selections = selectSources(view, source, options)
    hash.update(`source ${selections.length} `)
    for (const { name, entry, contents } of selections) {
      // As in listings: UTF-16 keeps names apart that are not text.
      if (entry.type !== 'directory') hash.update(`one ${describeEntry(name, entry)}`, 'utf16le')
      else hash.update(`all ${contents.length} ${contents.map((item) => describeEntry(item.path, item.entry)).join('')}`, 'utf16le')
    }
  }
  return `sha256:${hash.digest('hex')}`
}
