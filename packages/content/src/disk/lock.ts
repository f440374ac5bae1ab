import { randomBytes } from 'node:crypto'
import { lstat, lutimes, readlink, symlink, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ContentError, hasErrno } from '../storage/errors.ts'
import { currentOwner, checkLiveness } from './process-owner.ts'

/**
 * A holder in another PID namespace is believed dead when it has not touched its lock for this
 * long.
 */
const staleAfter = 60_000
const touchEvery = 10_000
const shortestWait = 5
const longestWait = 100

/**
 * Runs `action` while no other process or caller runs one under the same path; resolves to its
 * result. The lock of a killed holder is taken over. `path` must lie in an existing directory and
 * belong to the lock alone. The signal ends waiting, not `action`.
 *
 * The lock is a symbolic link that points at its holder's name: made in one step with its content,
 * so it is never seen half-written.
 */
export async function withLock<Result>(
  path: string,
  action: () => Promise<Result>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Result> {
  const holder = newHolder()
  await acquire(path, holder, options.signal)
  return holding(path, holder, action)
}

/**
 * Like `withLock` with the first of `paths` whose lock is free, without waiting for any; `paths`
 * must go on until one is.
 */
export async function withFreeLock<Result>(
  paths: Iterable<string>,
  action: (path: string) => Promise<Result>,
): Promise<Result> {
  const holder = newHolder()
  for (const path of paths) if (await tryAcquire(path, holder)) return holding(path, holder, () => action(path))
  throw new RangeError('all locks are held')
}

function newHolder(): string {
  return `${currentOwner()}.${randomBytes(8).toString('hex')}`
}

async function holding<Result>(path: string, holder: string, action: () => Promise<Result>): Promise<Result> {
  const touching = setInterval(() => void touch(path), touchEvery).unref()
  try {
    return await action()
  } finally {
    clearInterval(touching)
    await release(path, holder)
  }
}

async function acquire(path: string, holder: string, signal: AbortSignal | undefined): Promise<void> {
  for (let wait = shortestWait; ; wait = Math.min(longestWait, wait * 2)) {
    signal?.throwIfAborted()
    if (await tryAcquire(path, holder)) return
    // Jitter keeps those who wait from asking in step.
    const pause = sleep(wait * (0.5 + Math.random()), undefined, signal && { signal })
    await pause.catch(() => signal?.throwIfAborted())
  }
}

async function tryAcquire(path: string, holder: string): Promise<boolean> {
  if (await create(path, holder)) return true
  const current = await readHolder(path)
  if (current === undefined || !(await isAbandoned(path, current))) return false

  // Two takers must not both remove the dead holder's lock: the second would remove the lock of the
  // first. So the removal has a lock of its own, named after that holder. Its holder alone removes
  // this lock, after a look whether it still exists.
  const claim = `${path}.${current.slice(current.lastIndexOf('.') + 1)}`
  if (!(await tryAcquire(claim, holder))) return false
  try {
    if ((await readHolder(path)) === current) await unlink(path)
    return await create(path, holder)
  } finally {
    await release(claim, holder)
  }
}

/** True when the lock is now `holder`'s; symlink(2) fails when there is anything at the path. */
async function create(path: string, holder: string): Promise<boolean> {
  try {
    await symlink(holder, path)
    return true
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false
    throw error
  }
}

async function readHolder(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined
    if (!hasErrno(error, 'EINVAL')) throw error
    const hint = 'remove it, unless another program that uses this directory runs'
    throw new ContentError('LOCK_INVALID', `"${path}" is not a lock that tsbuild made`, { hint })
  }
}

async function isAbandoned(path: string, holder: string): Promise<boolean> {
  const liveness = checkLiveness(holder.slice(0, holder.lastIndexOf('.')))
  if (liveness !== 'unknown') return liveness === 'dead'
  const link = await lstat(path).catch(() => undefined)
  return link !== undefined && Date.now() - link.mtimeMs > staleAfter
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await lutimes(path, now, now).catch(() => undefined)
}

/** Removes the lock unless, against all rules, it is another's by now. */
async function release(path: string, holder: string): Promise<void> {
  if ((await readHolder(path)) === holder) await unlink(path)
}
