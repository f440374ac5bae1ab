import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { reachable } from '@tsbuild/content'
import { hexOf } from '@tsbuild/oci'
import { withoutLeases } from '../layer/lease.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { removeUnpacked } from '../layer/remove-unpacked.ts'
import type { StorePaths } from '../layer/store-paths.ts'
import { abandonedTemporaries } from '../layer/sweep.ts'
import { measure } from './disk-usage.ts'

export interface PruneRequest {
  /** Named images too. */
  readonly all: boolean
  /** Keep what was made or last used within this many seconds. */
  readonly olderThan?: number
  /** Stop once the store is at most this many bytes. */
  readonly keep?: number
}

/**
 * Frees what the cache holds: layers that belong to no named image, unpacked layers, records, indexes, cache mounts and
 * downloads, oldest first. Rejects with `STORE_BUSY` while a build uses the store.
 */
export async function prune(store: LayerStore, request: PruneRequest): Promise<{ readonly removed: number; readonly freed: number }> {
  return withoutLeases(store.paths, async () => {
    if (request.all) for (const { reference } of await store.images.tags()) await store.images.untag(reference)
    await store.images.dropLooseReferrers()
    const candidates = [...(await spareBlobs(store)), ...(await folderEntries(store))].sort((a, b) => a.used - b.used)
    const limit = request.olderThan === undefined ? Infinity : Date.now() - request.olderThan * 1000
    let size = request.keep === undefined ? Infinity : (await measure(store.paths.root)).size
    let { freed, removed } = await pruneTemporaries(store.paths)
    size -= freed
    for (const candidate of candidates) {
      if (candidate.used > limit || size <= (request.keep ?? -1)) continue
      await (candidate.isDirectory ? removeUnpacked(candidate.path, store.paths) : rm(candidate.path, { force: true }))
      size -= candidate.size
      freed += candidate.size
      removed += 1
    }
    return { removed, freed }
  })
}

/** What no process works on any more is of no use, whatever its age. */
async function pruneTemporaries(paths: StorePaths): Promise<{ removed: number; freed: number }> {
  const left = await Promise.all((await abandonedTemporaries(paths, { isIdle: true })).map(candidateAt))
  const candidates = left.flat()
  for (const { path } of candidates) await removeUnpacked(path, paths)
  return { removed: candidates.length, freed: candidates.reduce((sum, { size }) => sum + size, 0) }
}

interface Candidate {
  readonly path: string
  readonly isDirectory: boolean
  readonly size: number
  /** Milliseconds since 1970. */
  readonly used: number
}

async function spareBlobs(store: LayerStore): Promise<readonly Candidate[]> {
  const used = await reachable(store.images, await store.images.roots())
  const spare = (await Array.fromAsync(store.blobs.list())).filter(({ digest }) => !used.has(digest))
  return Promise.all(spare.map(({ digest }) => candidateAt(store.blobs.pathOf(digest)))).then((all) => all.flat())
}

/** What can go as a whole: each unpacked layer, cache mount, checkout, index and record. */
async function folderEntries(store: LayerStore): Promise<readonly Candidate[]> {
  const { paths } = store
  const keptIndexes = await reachableIndexes(store)
  const found: Candidate[] = []
  for (const folder of [paths.unpacked, paths.cacheMounts, paths.sources]) {
    for (const name of await readdir(folder)) found.push(...(await candidateAt(join(folder, name))))
  }
  for (const folder of ['cache', 'indexes', 'layers']) {
    const directory = join(paths.root, folder)
    for (const fan of await readdir(directory).catch(() => [])) {
      for (const name of await readdir(join(directory, fan))) {
        if (folder !== 'cache' && keptIndexes.has(`${fan}${name.replace('.json', '')}`)) continue
        found.push(...(await candidateAt(join(directory, fan, name))))
      }
    }
  }
  return found
}

/** Hex digits of blobs that stay: an uncompressed layer's are its diffId, whose index and record then stay useful. */
async function reachableIndexes(store: LayerStore): Promise<ReadonlySet<string>> {
  return new Set([...(await reachable(store.images, await store.images.roots()))].map(hexOf))
}

async function candidateAt(path: string): Promise<readonly Candidate[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return []
  const isDirectory = found.isDirectory()
  const size = isDirectory ? (await measure(path)).size : found.blocks * 512
  return [{ path, isDirectory, size, used: Math.max(found.mtimeMs, found.atimeMs) }]
}
