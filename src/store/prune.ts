import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { reachable } from '@tsbuild/content'
import { hexOf } from '@tsbuild/oci'
import { withoutLeases } from '../layer/lease.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { removeUnpacked } from '../layer/remove-unpacked.ts'
import { isSetAside } from '../layer/reclaim.ts'
import type { StorePaths } from '../layer/store-paths.ts'
import { abandonedTemporaries } from '../layer/sweep.ts'
import { userName } from '../layer/user-name.ts'
import { measure } from './disk-usage.ts'

export interface PruneRequest {
  /** Named images too. */
  readonly all: boolean
  /** Keep what was made or last used within this many seconds. */
  readonly olderThan?: number
  /** Stop once the store is at most this many bytes. */
  readonly keep?: number
}

/** Something that `prune` could not remove, for want of rights. */
export interface KeptEntry {
  readonly path: string
  readonly owner: string
}

export interface PruneResult {
  /** Number of objects. */
  readonly removed: number
  /** Bytes. */
  readonly freed: number
  /** Objects that belong to another user. */
  readonly kept: readonly KeptEntry[]
}

/**
 * Frees what the cache holds: layers that belong to no named image, unpacked layers, records,
 * indexes, cache mounts and downloads, oldest first. Rejects with `STORE_BUSY` while a build uses
 * the store.
 */
export async function prune(store: LayerStore, request: PruneRequest): Promise<PruneResult> {
  return withoutLeases(store.paths, async () => {
    if (request.all) for (const { reference } of await store.images.tags()) await store.images.untag(reference)
    await store.images.dropLooseReferrers()
    const candidates = [...(await spareBlobs(store)), ...(await folderEntries(store))].sort((a, b) => a.used - b.used)
    const limit = request.olderThan === undefined ? Infinity : Date.now() - request.olderThan * 1000
    const removals = new Removals(store.paths)
    const total = request.keep === undefined ? Infinity : (await measure(store.paths.root)).size
    // Temporaries without a process are useless at any age.
    for (const candidate of await temporaries(store.paths)) await removals.remove(candidate)
    for (const candidate of candidates) {
      if (candidate.used <= limit && total - removals.freed > (request.keep ?? -1)) await removals.remove(candidate)
    }
    return removals
  })
}

class Removals implements PruneResult {
  removed = 0
  freed = 0
  readonly kept: KeptEntry[] = []
  readonly #paths: StorePaths

  constructor(paths: StorePaths) {
    this.#paths = paths
  }

  async remove({ path, isDirectory, size, owner }: Candidate): Promise<void> {
    try {
      await (isDirectory ? removeUnpacked(path, this.#paths) : rm(path, { force: true }))
      this.freed += size
      this.removed += 1
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'EACCES' && code !== 'EPERM') throw error
      this.kept.push({ path, owner })
    }
  }
}

interface Candidate {
  readonly path: string
  readonly isDirectory: boolean
  readonly size: number
  /** Milliseconds since 1970. */
  readonly used: number
  readonly owner: string
}

async function temporaries(paths: StorePaths): Promise<readonly Candidate[]> {
  return (await Promise.all((await abandonedTemporaries(paths, { isIdle: true })).map(candidateAt))).flat()
}

async function spareBlobs(store: LayerStore): Promise<readonly Candidate[]> {
  const used = await reachable(store.images, await store.images.roots())
  const spare = (await Array.fromAsync(store.blobs.list())).filter(({ digest }) => !used.has(digest))
  return Promise.all(spare.map(({ digest }) => candidateAt(store.blobs.pathOf(digest)))).then((all) => all.flat())
}

/**
 * Removable units: each unpacked layer, root file system, cache mount, checkout, index and record.
 */
async function folderEntries(store: LayerStore): Promise<readonly Candidate[]> {
  const { paths } = store
  const keptIndexes = await reachableIndexes(store)
  const found: Candidate[] = []
  for (const folder of [paths.unpacked, paths.trees, paths.cacheMounts, paths.sources]) {
    for (const name of await readdir(folder)) found.push(...(await candidateAt(join(folder, name))))
  }
  for (const name of (await readdir(paths.root)).filter(isSetAside))
    found.push(...(await candidateAt(join(paths.root, name))))
  for (const folder of ['cache', 'indexes', 'layers']) {
    const directory = join(paths.root, folder)
    for (const fan of await readdir(directory).catch(() => [])) {
      if (isSetAside(fan)) {
        found.push(...(await candidateAt(join(directory, fan))))
        continue
      }
      for (const name of await readdir(join(directory, fan)).catch(() => [])) {
        if (folder !== 'cache' && keptIndexes.has(`${fan}${name.replace('.json', '')}`)) continue
        found.push(...(await candidateAt(join(directory, fan, name))))
      }
    }
  }
  return found
}

/**
 * Hex digits of blobs that stay: an uncompressed layer's are its diffId, whose index and record
 * then stay useful.
 */
async function reachableIndexes(store: LayerStore): Promise<ReadonlySet<string>> {
  return new Set([...(await reachable(store.images, await store.images.roots()))].map(hexOf))
}

async function candidateAt(path: string): Promise<readonly Candidate[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return []
  const isDirectory = found.isDirectory()
  const size = isDirectory ? (await measure(path)).size : found.blocks * 512
  return [{ path, isDirectory, size, used: Math.max(found.mtimeMs, found.atimeMs), owner: userName(found.uid) }]
}
