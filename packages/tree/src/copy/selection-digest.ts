import type { Digest } from '@tsbuild/oci'
import { describeEntry, TextHash } from '../model/listing-digest.ts'
import { type SelectOptions, selectSources, type SourcePattern } from './select.ts'
import type { TreeView } from '../model/view.ts'

const version = 'tsbuild selection 3 '

/**
 * Digest of all that a copy of these sources reads, in their order: names, types, modes, owners,
 * capabilities, link targets and content digests. Times do not count. Paths above a source, and the
 * metadata of a directory whose contents are copied, do not count either, because they are not
 * copied. Throws as `selectSources` does, and `DIGEST_UNKNOWN` for contents without digest.
 */
export function selectionDigest(
  view: TreeView,
  sources: readonly SourcePattern[],
  options: SelectOptions = {},
): Digest {
  const hash = new TextHash(version)
  for (const source of sources) {
    const selections = selectSources(view, source, options)
    hash.add(`source ${selections.length} `)
    for (const { name, entry, contents } of selections) {
      if (entry.type !== 'directory') hash.add(`one ${describeEntry(name, entry)}`)
      else {
        hash.add('all ')
        for (const item of contents) hash.add(describeEntry(item.path, item.entry))
        hash.add('end ')
      }
    }
  }
  return hash.digest()
}
