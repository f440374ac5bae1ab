import type { Descriptor } from './descriptor.ts'
import { isIndexType } from './media-types.ts'
import type { Platform } from './platform.ts'
import { selectPlatform } from './select-platform.ts'

/** Indexes within indexes (image-spec, image-index.md § manifests), counted from the root. */
const maximumDepth = 8
/** Indexes that one search reads; a hostile tree has more. */
const maximumIndexes = 64

/**
 * The manifest that runs best on a platform, through nested indexes: the best entry of the root
 * whose own entries have one, then the next. A plain manifest is taken as it is. Undefined when no
 * entry would run. `read` gives the entries of an index.
 */
export async function findManifest(
  root: Descriptor,
  platform: Platform,
  read: (index: Descriptor) => Promise<readonly Descriptor[]>,
): Promise<Descriptor | undefined> {
  let left = maximumIndexes
  const search = async (node: Descriptor, depth: number): Promise<Descriptor | undefined> => {
    if (!isIndexType(node.mediaType)) return node
    if (depth === maximumDepth || left-- === 0) return undefined
    let entries = await read(node)
    for (;;) {
      const at = selectPlatform(entries, platform)
      const entry = at === undefined ? undefined : entries[at]
      if (entry === undefined) return undefined
      const found = await search(entry, depth + 1)
      if (found !== undefined || left <= 0) return found
      entries = entries.toSpliced(at ?? 0, 1)
    }
  }
  return search(root, 0)
}
