import { access, constants, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectories } from '@tsbuild/content'
import { StoreError } from './store-error.ts'
import { storeVersion } from './store-paths.ts'

/** Makes the root of a store when it is not there; rejects with `STORE_TOO_NEW` or `STORE_UNUSABLE` when it must not or cannot be used. */
export async function claimRoot(root: string): Promise<void> {
  try {
    await makeDirectories(join(root, `v${storeVersion}`), 0o711)
    await access(join(root, `v${storeVersion}`), constants.W_OK)
  } catch (error) {
    const hint = 'set TSBUILD_ROOT or --root to a directory you may write to'
    throw new StoreError('STORE_UNUSABLE', `Cannot use "${root}" as a store: ${error instanceof Error ? error.message : String(error)}`, {
      hint,
      cause: error,
    })
  }
  const newest = Math.max(0, ...(await readdir(root)).map((name) => Number(/^v(\d+)$/.exec(name)?.[1] ?? 0)))
  if (newest > storeVersion) {
    const hint = 'update tsbuild, or use another --root'
    throw new StoreError('STORE_TOO_NEW', `The store in "${root}" has format ${newest}, and this tsbuild knows ${storeVersion}`, { hint })
  }
}
