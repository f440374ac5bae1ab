import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Libc } from '@tsbuild/isolate'

const prefix = 'agent-'

/** A directory of this process, until disposed. The lock on it goes with the process, so that what a killed one leaves can be told. */
export class WorkDirectory implements Disposable {
  readonly path: string
  readonly #fd: number
  #count = 0

  /** Makes one in `parent`. */
  constructor(parent: string, libc: Libc) {
    this.path = mkdtempSync(join(parent, prefix))
    this.#fd = openSync(this.path, 'r')
    libc.tryLock(this.#fd)
  }

  /** A new directory in it. Nobody else gets as far as to it, so its own mode may be that of a root directory. */
  make(kind: string): string {
    this.#count += 1
    const path = join(this.path, `${kind}-${this.#count}`)
    mkdirSync(path, { mode: 0o755 })
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
    closeSync(this.#fd)
  }
}

/** Removes what processes that are no more have left in `parent`. */
export function sweepWorkDirectories(parent: string, libc: Libc): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue
    const path = join(parent, name)
    try {
      const fd = openSync(path, 'r')
      if (libc.tryLock(fd)) rmSync(path, { recursive: true, force: true })
      closeSync(fd)
    } catch {
      // Somebody else sweeps, or it belongs to another user.
    }
  }
}
