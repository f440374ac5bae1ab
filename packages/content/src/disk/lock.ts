import { randomBytes } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { dropLink, readOwner, touchLink, tryHold } from './holder-link.ts'
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
 * Runs `action` while no other process or caller runs one under the same path. Resolves with its
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
 * Like `withLock` with the first of `paths` whose lock is free, without waiting. `paths` must not
 * end before a free one.
 */
export async function withFreeLock<Result>(
  paths: Iterable<string>,
  action: (path: string) => Promise<Result>,
): Promise<Result> {
  const holder = newHolder()
  for (const path of paths)
    if (await tryHold(path, holder, isAbandoned)) return holding(path, holder, () => action(path))
  throw new RangeError('all locks are held')
}

function newHolder(): string {
  return `${currentOwner()}.${randomBytes(8).toString('hex')}`
}

async function holding<Result>(path: string, holder: string, action: () => Promise<Result>): Promise<Result> {
  const touching = setInterval(() => void touchLink(path), touchEvery).unref()
  try {
    return await action()
  } finally {
    clearInterval(touching)
    await dropLink(path, holder)
  }
}

async function acquire(path: string, holder: string, signal: AbortSignal | undefined): Promise<void> {
  for (let wait = shortestWait; ; wait = Math.min(longestWait, wait * 2)) {
    signal?.throwIfAborted()
    if (await tryHold(path, holder, isAbandoned)) return
    // Jitter keeps those who wait from asking in step.
    const pause = sleep(wait * (0.5 + Math.random()), undefined, signal && { signal })
    await pause.catch(() => signal?.throwIfAborted())
  }
}

async function isAbandoned(path: string, holder: string): Promise<boolean> {
  const liveness = checkLiveness(readOwner(holder))
  if (liveness !== 'unknown') return liveness === 'dead'
  const link = await lstat(path).catch(() => undefined)
  return link !== undefined && Date.now() - link.mtimeMs > staleAfter
}
