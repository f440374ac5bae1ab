import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { reachable } from '@tsbuild/content'
import type { LayerStore } from '../layer/layer-store.ts'
import { temporaryDirectories } from '../layer/sweep.ts'

/** One line of `tsbuild du`. */
export interface UsageEntry {
  /** `images`, `layers`, `cache records`, `cache mounts`, … */
  readonly kind: string
  readonly count: number
  /** Bytes on disk, and how many of them `prune` would free. */
  readonly size: number
  readonly reclaimable: number
}

/** Number of files in a directory and their bytes on disk, hard links counted once. */
export interface DirectorySize {
  readonly count: number
  readonly size: number
}

/** Sizes of the parts of a store. */
export async function diskUsage(store: LayerStore): Promise<readonly UsageEntry[]> {
  const { paths } = store
  const used = await reachable(store.images, await store.images.roots())
  const blobs = await Array.fromAsync(store.blobs.list())
  const named = new Set((await store.images.tags()).map(({ descriptor }) => descriptor.digest))
  const images = blobs.filter(({ digest }) => used.has(digest))
  const spare = blobs.filter(({ digest }) => !used.has(digest))
  const folders = [
    ['unpacked layers', paths.unpacked],
    ['root file systems', paths.trees],
    ['layer indexes', join(paths.root, 'indexes')],
    ['cache records', join(paths.root, 'cache')],
    ['cache mounts', paths.cacheMounts],
    ['downloads and checkouts', paths.sources],
  ] as const
  const extents = await Promise.all(folders.map(async ([kind, folder]) => ({ kind, ...(await measure(folder)) })))
  const temporary = await Promise.all(temporaryDirectories(paths).map(measure))
  return [
    { kind: 'images', count: named.size, size: total(images), reclaimable: 0 },
    { kind: 'cached layers', count: spare.length, size: total(spare), reclaimable: total(spare) },
    ...[...extents, { kind: 'temporary files', ...sum(temporary) }].map((extent) => ({
      ...extent,
      reclaimable: extent.size,
    })),
  ]
}

/** Counts a directory tree without following symlinks; what vanishes meanwhile does not count. */
export async function measure(directory: string): Promise<DirectorySize> {
  let count = 0
  let size = 0
  const seen = new Set<string>()
  const visit = async (folder: string): Promise<void> => {
    const entries = await opendir(folder).catch(() => undefined)
    if (entries === undefined) return
    for await (const entry of entries) {
      const path = join(folder, entry.name)
      const stat = await lstat(path).catch(() => undefined)
      if (stat === undefined) continue
      if (stat.nlink > 1 && !stat.isDirectory()) {
        const inode = `${stat.dev}:${stat.ino}`
        if (seen.has(inode)) continue
        seen.add(inode)
      }
      if (!stat.isDirectory()) count += 1
      size += stat.blocks * 512
      if (entry.isDirectory()) await visit(path)
    }
  }
  await visit(directory)
  return { count, size }
}

function sum(extents: readonly DirectorySize[]): DirectorySize {
  return extents.reduce((all, { count, size }) => ({ count: all.count + count, size: all.size + size }), {
    count: 0,
    size: 0,
  })
}

function total(blobs: readonly { readonly size: number }[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0)
}
