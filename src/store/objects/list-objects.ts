import type { LayerStore } from '../../layer/layer-store.ts'
import { matches, type ObjectFilter } from './object-filter.ts'
import { readUse, type StoreUse } from './read-use.ts'
import { scanStore } from './scan-store.ts'
import { publicObject, type StoredObject } from './stored-object.ts'

/** The objects of a store that meet the filter, images first. */
export async function listObjects(store: LayerStore, filter: ObjectFilter = {}): Promise<readonly StoredObject[]> {
  const now = Date.now()
  // Leases of dead processes cannot be removed from a store that may only be read.
  const use = await readUse(store.paths).catch((): StoreUse => ({ cutoff: now, isIdle: false }))
  return (await scanStore(store, use)).filter((object) => matches(object, filter, now)).map(publicObject)
}
