import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AbandonedTest, dropLink, readHolder, readOwner, touchLink, tryHold } from './holder-link.ts'
import { checkLifeLine, openLifeLine } from './life-line.ts'
import { checkLiveness, currentOwner, isOfThisKernel } from './process-owner.ts'

/** A holder on another kernel is believed dead when its claim stays untouched for this long. */
const staleAfter = 60_000
const touchEvery = 10_000
const shortestWait = 5
const longestWait = 100
/** Marks the claim of a holder whose work failed. */
const failed = 'failed'
const lifePrefix = 'life-'

/** Exclusive right to do a named piece of work, until it is released. */
export interface Claim {
  /** `failed` sends those who wait on without a claim. */
  release(outcome?: 'failed'): Promise<void>
}

/** Waiting for a claim. */
export interface ClaimWait {
  readonly signal: AbortSignal
  /** Called once, when another has the claim. */
  onWait(): unknown
}

/**
 * Claims of one party in a directory that it shares with others: callers in this process, other
 * processes, other machines. They save work and are no mutual exclusion. If the directory cannot be
 * used, work continues without them.
 *
 * A holder's death is proved by its process id or, in another PID namespace of one kernel, by the
 * socket that dies with it. On other kernels a claim counts as abandoned when it was not touched
 * for a minute of the observer's clock.
 */
export class Claims implements AsyncDisposable {
  readonly #directory: string
  readonly #holder = `${currentOwner()}.${randomBytes(8).toString('hex')}`
  readonly #held = new Set<Claim>()
  #lifeLine: Promise<Disposable | undefined> | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Claims the work, once its holder has released it or died. Undefined if that holder failed or no
   * claim can be made. The caller then does the work without one.
   */
  async take(name: string, wait: ClaimWait): Promise<Claim | undefined> {
    try {
      await (this.#lifeLine ??= this.#prepare())
      return await this.#wait(join(this.#directory, name), wait)
    } catch {
      wait.signal.throwIfAborted()
      return undefined
    }
  }

  /** Releases what is still held. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#held].map((claim) => claim.release()))
    const lifeLine = await this.#lifeLine?.catch(() => undefined)
    lifeLine?.[Symbol.dispose]()
  }

  async #wait(path: string, { signal, onWait }: ClaimWait): Promise<Claim | undefined> {
    const isDead = observer(this.#directory)
    let isWaiting = false
    let hasFailed = false
    // A failed holder's place is free for a caller that comes later, and not for one that waited.
    const isAbandoned: AbandonedTest = async (at, holder) => {
      hasFailed = isWaiting && holder.startsWith(failed)
      return !hasFailed && (await isDead(at, holder))
    }
    for (let wait = shortestWait; ; wait = Math.min(longestWait, wait * 2)) {
      signal.throwIfAborted()
      if (await tryHold(path, this.#holder, isAbandoned)) return this.#hold(path)
      if (hasFailed) return undefined
      if (!isWaiting) await onWait()
      isWaiting = true
      // Jitter keeps those who wait from asking in step.
      await sleep(wait * (0.5 + Math.random()), undefined, { signal })
    }
  }

  #hold(path: string): Claim {
    const touching = setInterval(() => void touchLink(path), touchEvery).unref()
    const claim: Claim = {
      release: async (outcome) => {
        if (!this.#held.delete(claim)) return
        clearInterval(touching)
        // A claim that cannot be removed is abandoned with this process.
        await (outcome === 'failed' ? this.#markFailed(path) : dropLink(path, this.#holder)).catch(() => {})
      },
    }
    this.#held.add(claim)
    return claim
  }

  async #markFailed(path: string): Promise<void> {
    const [, token = ''] = this.#holder.split('.')
    const next = `${path}.${token}.${failed}`
    await symlink(`${failed}.${randomBytes(8).toString('hex')}`, next)
    await rename(next, path)
  }

  /** Removes the files of dead holders, and touches its own. */
  async #prepare(): Promise<Disposable | undefined> {
    await mkdir(this.#directory, { recursive: true })
    for (const name of await readdir(this.#directory)) await this.#sweep(name)
    return openLifeLine(this.#directory, `${lifePrefix}${this.#holder}`)
  }

  async #sweep(name: string): Promise<void> {
    const path = join(this.#directory, name)
    if (name.startsWith(lifePrefix)) {
      const owner = readOwner(name.slice(lifePrefix.length))
      const isDead =
        checkLiveness(owner) === 'dead' ||
        (isOfThisKernel(owner) && (await checkLifeLine(this.#directory, name)) === 'dead')
      if (isDead) await rm(path, { force: true })
      return
    }
    // Those who wait for a failed holder need the time to see that.
    const isSeen = Date.now() - ((await lstat(path).catch(() => undefined))?.mtimeMs ?? 0) > touchEvery
    if ((await readHolder(path))?.startsWith(failed) === true && !isSeen) return
    if (await tryHold(path, this.#holder, observer(this.#directory))) await dropLink(path, this.#holder)
  }
}

/** Observes the holders of claims in a directory, as long as a caller waits. */
function observer(directory: string): AbandonedTest {
  const seen = new Map<string, { readonly touched: number; readonly since: number }>()
  return async (path, holder) => {
    if (holder.startsWith(failed)) return true
    const owner = readOwner(holder)
    const liveness = checkLiveness(owner)
    if (liveness !== 'unknown') return liveness === 'dead'
    const proof = isOfThisKernel(owner) ? await checkLifeLine(directory, `${lifePrefix}${holder}`) : 'unknown'
    if (proof !== 'unknown') return proof === 'dead'
    // Clocks of machines differ: only that the time changes says something.
    const touched = (await lstat(path).catch(() => undefined))?.mtimeMs ?? 0
    const last = seen.get(path)
    if (last?.touched === touched) return performance.now() - last.since > staleAfter
    seen.set(path, { touched, since: performance.now() })
    return false
  }
}
