import { type BigIntStats, lstatSync } from 'node:fs'
import type { Libc } from '../machine/libc.ts'

interface Changed {
  readonly path: string
  readonly before: BigIntStats
  after: BigIntStats
}

/**
 * Times of directories that are changed around a process, so that what it did not change itself
 * looks untouched.
 */
export class DirectoryTimes {
  readonly #libc: Libc
  /** By device and inode: a directory may be covered by another one, or moved by the process. */
  readonly #changed = new Map<string, Changed>()

  constructor(libc: Libc) {
    this.#libc = libc
  }

  /** Runs an action that changes what is in a directory. */
  change<T>(path: string, action: () => T): T {
    const now = lstatSync(path, { bigint: true })
    const key = `${now.dev}:${now.ino}`
    const known = this.#changed.get(key)
    // A directory that the process has changed itself keeps the time of that.
    const before = known?.after.mtimeNs === now.mtimeNs ? known.before : now
    const result = action()
    this.#changed.set(key, { path, before, after: lstatSync(path, { bigint: true }) })
    return result
  }

  /**
   * Gives the directories back the times they had before the actions, or have from the process. May
   * be called again after more.
   */
  restore(): void {
    for (const changed of this.#changed.values()) {
      const { path, before, after } = changed
      const now = lstatSync(path, { bigint: true, throwIfNoEntry: false })
      if (!isSameFile(now, before) || now?.mtimeNs !== after.mtimeNs) continue
      this.#libc.setTimes(path, before)
      changed.after = lstatSync(path, { bigint: true })
    }
  }
}

/** True for two looks at one file. */
export function isSameFile(found: BigIntStats | undefined, known: BigIntStats): boolean {
  return found !== undefined && found.dev === known.dev && found.ino === known.ino
}
