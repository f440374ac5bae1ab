import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The directory of one agent, until disposed. Its caller makes it and names it for itself from the
 * start, so that a sweep of the store can tell at any time whether it is in use.
 */
export class WorkDirectory implements Disposable {
  readonly path: string
  #count = 0

  constructor(path: string) {
    this.path = path
  }

  /**
   * A new directory in it. Other users cannot reach it, so its own mode may be that of a root
   * directory.
   */
  make(kind: string): string {
    const path = this.reserve(kind)
    mkdirSync(path, { mode: 0o755 })
    return path
  }

  /** A new path in it. */
  reserve(kind: string): string {
    this.#count += 1
    return join(this.path, `${kind}-${this.#count}`)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
