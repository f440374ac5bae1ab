import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { claimRoot } from './claim-root.ts'
import { type StorePaths, storePaths } from './store-paths.ts'
import { sweep } from './sweep.ts'

/**
 * Makes the missing directories of a store except its image layout, and removes leftovers of killed
 * processes. Rejects as `claimRoot` does.
 */
export async function prepareRoot(root: string, { durable }: { readonly durable: boolean }): Promise<StorePaths> {
  await claimRoot(root)
  const paths = storePaths(root, { durable })
  for (const directory of [
    ...['layers', 'indexes', 'cache'].map((name) => join(paths.root, name)),
    paths.unpacked,
    paths.trees,
    paths.work,
    paths.cacheMounts,
    paths.sources,
    paths.stats,
    paths.uses,
    paths.temporary,
  ])
    await mkdir(directory, { recursive: true })
  await sweep(paths)
  return paths
}
