import { OciLayout, syncDirectory, withLock } from '@tsbuild/content'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { StorePaths } from '../../layer/disk/store-paths.ts'
import { userName } from '../../layer/disk/user-name.ts'
import { matches, type ObjectFilter } from './object-filter.ts'
import { readUse } from './read-use.ts'
import { removeImage } from './remove-image.ts'
import { removeObject } from './remove-object.ts'
import { scanStore } from './scan-store.ts'
import { bytesToKeep, readDisk, type SpaceBounds } from './space.ts'
import { type ObjectOnDisk, publicObject, type StoredObject } from './stored-object.ts'

/** Selects the objects that `prune` removes. */
export interface PruneRequest extends SpaceBounds {
  /** Named images too. Default: false. */
  readonly all?: boolean
  /** Only objects that match. Default: all. */
  readonly filter?: ObjectFilter
  /** Only list the objects that would be removed. Default: false. */
  readonly dryRun?: boolean
  /** Ends before the next object. Objects removed before stay removed. */
  readonly signal?: AbortSignal
}

/** Something that `prune` could not remove, for want of rights. */
export interface KeptEntry {
  readonly path: string
  readonly owner: string
}

/** Result of `prune`. */
export interface PruneResult {
  /** Number of objects. */
  readonly removed: number
  /** Bytes. */
  readonly freed: number
  /** The objects, in the order of removal: least recently used first, named images last. */
  readonly objects: readonly StoredObject[]
  /** Number and bytes of matching objects that stay because running builds use them. */
  readonly inUse: { readonly count: number; readonly size: number }
  /** Objects that belong to another user. */
  readonly kept: readonly KeptEntry[]
}

/**
 * Frees what the cache holds: layers that belong to no named image, unpacked layers, records,
 * indexes, cache mounts and downloads, least recently used first. Builds may run meanwhile. Objects
 * used since the oldest of them began stay, and no build waits.
 */
export async function prune(store: LayerStore, request: PruneRequest): Promise<PruneResult> {
  return withLock(store.paths.pruneLock, () => pruneLocked(store, request), {
    ...(request.signal && { signal: request.signal }),
  })
}

async function pruneLocked(store: LayerStore, request: PruneRequest): Promise<PruneResult> {
  const { paths } = store
  const { all = false, filter = {}, dryRun = false, signal } = request
  const now = Date.now()
  const use = await readUse(paths)
  const { cutoff } = use
  const images = await OciLayout.open(paths.layout, { marksUse: false })
  if (!dryRun) {
    await images.dropLooseReferrers()
    // Names that commands and builds have taken away meanwhile must not come back without content.
    await syncDirectory(paths.layout)
  }
  const objects = await scanStore(store, use)
  const total = objects.reduce((sum, { size }) => sum + size, 0)
  const keep = bytesToKeep(total, await readDisk(paths.root), request) ?? -1
  const removals = new Removals(paths)
  // An object that is used while we look at it does not match `unusedFor` any more.
  const latest = Math.min(cutoff, now - (filter.unusedFor ?? 0) * 1000)
  for (const object of candidates(objects, all)) {
    if (!matches(object, filter, now)) continue
    signal?.throwIfAborted()
    if (object.state === 'in-use' || object.used > cutoff) removals.skip(object)
    else if (object.type === 'temporary' || total - removals.freed > keep) {
      if (dryRun) removals.count(object, object.size)
      else if (object.image === undefined)
        await removals.attempt(object, async () => {
          const outcome = await removeObject(object, latest, paths)
          return outcome === 'removed' ? object.size : outcome
        })
      else await removals.attempt(object, () => removeImage(object, { images, latest, paths }))
    }
  }
  return removals.result()
}

/** Temporaries first: they are useless at any age. */
function candidates(objects: readonly ObjectOnDisk[], all: boolean): readonly ObjectOnDisk[] {
  const rank = ({ type }: ObjectOnDisk): number => (type === 'temporary' ? 0 : type === 'image' ? 2 : 1)
  return objects
    .filter(({ state, image }) => state !== 'named' || (all && image !== undefined && image.names.length > 0))
    .sort((a, b) => rank(a) - rank(b) || a.used - b.used)
}

class Removals {
  freed = 0
  readonly #objects: StoredObject[] = []
  readonly #kept: KeptEntry[] = []
  readonly #inUse = { count: 0, size: 0 }
  readonly #paths: StorePaths

  constructor(paths: StorePaths) {
    this.#paths = paths
  }

  skip({ size, path }: ObjectOnDisk): void {
    // Leases and working directories of builds are no cache.
    if (path.startsWith(this.#paths.work)) return
    this.#inUse.count += 1
    this.#inUse.size += size
  }

  count(object: ObjectOnDisk, freed: number): void {
    this.#objects.push(publicObject(object))
    this.freed += freed
  }

  async attempt(object: ObjectOnDisk, remove: () => Promise<number | 'used' | 'missing'>): Promise<void> {
    try {
      const outcome = await remove()
      if (outcome === 'used') this.skip(object)
      else if (outcome !== 'missing') this.count(object, outcome)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'EACCES' && code !== 'EPERM') throw error
      this.#kept.push({ path: object.path, owner: userName(object.owner) })
    }
  }

  result(): PruneResult {
    const { freed } = this
    const objects = this.#objects
    return { removed: objects.length, freed, objects, inUse: this.#inUse, kept: this.#kept }
  }
}
