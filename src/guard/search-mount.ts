import type { BlobDirectory } from '@tsbuild/content'
import { type MountEntry, type MountManifest, mountTypes } from '../mounts/mount-manifest.ts'
import { PackReader } from '../mounts/pack-reader.ts'
import type { PatternSearch } from './pattern-search.ts'

/** A secret in a cache mount. */
export interface MountHit {
  readonly id: string
  /** Path of the file in the mount, masked. */
  readonly path: string
}

/**
 * Searches a packed mount until something is found: names, link targets, and the contents of files
 * whose packs are in `blobs`. Other packs were searched by the build that made them.
 */
export async function searchMount(
  { packs, entries }: MountManifest,
  blobs: BlobDirectory,
  search: PatternSearch,
): Promise<MountHit | undefined> {
  const areNew = await Promise.all(packs.map((pack) => blobs.has({ mediaType: mountTypes.pack, ...pack })))
  const isNewChunk = packs.flatMap(({ chunks }, index) => chunks.map(() => areNew[index] === true))
  using reader = new PackReader(packs, blobs)
  for (const entry of entries) {
    const named = search.find(Buffer.from(entry.path)) ?? search.find(Buffer.from(linkTarget(entry)))
    const chunks = entry.type === 'file' ? entry.chunks.filter((chunk) => isNewChunk[chunk]) : []
    const id = named?.id ?? (chunks.length === 0 ? undefined : await search.findIn(read(chunks)))
    if (id !== undefined) return { id, path: search.mask(entry.path) }
  }
  return undefined

  async function* read(chunks: readonly number[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await reader.read(chunk)
  }
}

function linkTarget(entry: MountEntry): string {
  return entry.type === 'symlink' ? entry.target : ''
}
