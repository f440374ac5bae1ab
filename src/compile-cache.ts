import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const STICKY = 0o1000
const WRITABLE_BY_OTHERS = 0o022

/**
 * Keeps what Node compiles for the next start, in a directory that no other user can have prepared:
 * Node runs what it finds there. Processes started from here use the same directory. Does nothing
 * where Node has one already, as with `$NODE_COMPILE_CACHE`.
 */
export function useCompileCache(): void {
  if (getCompileCacheDir() !== undefined || process.env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return
  const directory = findCompileCache(process.env)
  if (directory === undefined) return
  enableCompileCache(directory)
  process.env['NODE_COMPILE_CACHE'] = directory
}

/** Directory of this user for compiled code; undefined where none can be had. */
export function findCompileCache(env: NodeJS.ProcessEnv): string | undefined {
  const { XDG_CACHE_HOME: caches, HOME: home } = env
  const candidates = [
    ...(caches?.startsWith('/') ? [join(caches, 'tsbuild')] : []),
    ...(home?.startsWith('/') ? [join(home, '.cache/tsbuild')] : []),
    join(tmpdir(), `tsbuild-${process.geteuid?.() ?? 'user'}`),
  ]
  const own = candidates.find((directory) => isOwn(directory))
  return own === undefined ? undefined : join(own, 'compile-cache')
}

/** True for a directory, made if it is missing, that only this user can change or replace. */
function isOwn(directory: string): boolean {
  const user = process.geteuid?.()
  try {
    makeDirectory(dirname(directory))
    makeDirectory(directory)
    const [status, parent] = [lstatSync(directory), statSync(dirname(directory))]
    // Windows keeps the directories of users apart, and has no such modes.
    if (user === undefined) return status.isDirectory()
    const isReplaceable = parent.uid !== user && (parent.mode & STICKY) === 0
    return status.isDirectory() && status.uid === user && (status.mode & WRITABLE_BY_OTHERS) === 0 && !isReplaceable
  } catch {
    return false
  }
}

/** Without `recursive`, which tries for ever below /proc. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
