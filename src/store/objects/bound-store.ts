import { boundsInBytes, type StoreBounds } from '../../layer/disk/store-bounds.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { ObjectFilter } from './object-filter.ts'
import { prune } from './prune.ts'
import { readDisk } from './space.ts'

/**
 * Rules in their order, each until the store is within its bounds: first objects that are quickly
 * made again, then the least recently used of all. As in BuildKit, images with names stay.
 */
const rules: readonly ObjectFilter[] = [
  { types: ['source', 'context', 'mount', 'rootfs'], unusedFor: 2 * 24 * 60 * 60 },
  {},
]

/** Brings a store within its bounds. Returns the bytes freed. */
export async function boundStore(store: LayerStore, bounds: StoreBounds): Promise<number> {
  const { size } = await readDisk(store.paths.root)
  let freed = 0
  for (const filter of rules) freed += (await prune(store, { ...boundsInBytes(bounds, size), filter })).freed
  return freed
}
