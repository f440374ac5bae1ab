import { existsSync, statSync } from 'node:fs'
import { access, constants, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectories } from '@tsbuild/content'
import { userName } from './user-name.ts'
import { StoreError } from './store-error.ts'
import { storeVersion } from './store-paths.ts'

/**
 * Makes the root of a store if it is missing. Rejects with `STORE_TOO_NEW`, or `STORE_UNUSABLE` if
 * it cannot be written.
 */
export async function claimRoot(root: string): Promise<void> {
  await checkVersion(root)
  const directory = join(root, `v${storeVersion}`)
  try {
    await makeDirectories(directory, 0o711)
    await access(directory, constants.W_OK)
  } catch (error) {
    const foreign = foreignDirectory(directory)
    // A directory above the store, such as /, belongs to others for good reason.
    const lost = foreign !== undefined && [root, directory].includes(foreign.path)
    const hint = `${lost ? `take it over with: sudo chown -R "$USER" "${root}", or ` : ''}set TSBUILD_ROOT or --root to a writable directory`
    throw new StoreError('STORE_UNUSABLE', `cannot use "${root}" as a store: ${explainClaim(error, foreign)}`, {
      hint,
      cause: error,
    })
  }
}

/**
 * Root directories may be closed to others but for passing through: then the version is that of the
 * paths in use.
 */
async function checkVersion(root: string): Promise<void> {
  const names = await readdir(root).catch(() => [])
  const newest = Math.max(0, ...names.map((name) => Number(/^v(\d+)$/.exec(name)?.[1] ?? 0)))
  if (newest <= storeVersion) return
  const hint = 'update tsbuild, or use another --root'
  throw new StoreError(
    'STORE_TOO_NEW',
    `the store in "${root}" has format ${newest}; this tsbuild supports ${storeVersion}`,
    { hint },
  )
}

/** A directory of another user. */
interface ForeignDirectory {
  readonly path: string
  readonly owner: string
}

function explainClaim(error: unknown, foreign: ForeignDirectory | undefined): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EROFS') return 'it is on a read-only file system'
  const reason = error instanceof Error ? error.message : String(error)
  return foreign === undefined ? reason : `"${foreign.path}" belongs to ${foreign.owner}: ${reason}`
}

/** The directory, or the nearest above it that exists, if another user owns it. */
function foreignDirectory(directory: string): ForeignDirectory | undefined {
  let path = directory
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path)
  const { uid } = statSync(path)
  const me = process.geteuid?.() ?? uid
  return uid === me || me === 0 ? undefined : { path, owner: userName(uid) }
}
