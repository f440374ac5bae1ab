import type { FileHandle } from 'node:fs/promises'

/** Bytes that may wait for the disk before they are synced. */
const longestWait = 64 * 1024 * 1024

/** Each sync takes a thread of those that also write, so the process has one at a time. */
let isBusy = false

/** Syncs a file while it is written, so that its end waits for few bytes. */
export class FileSync {
  readonly #file: Pick<FileHandle, 'datasync'>
  #waiting = 0
  #begun: Promise<unknown> = Promise.resolve()

  /** `file` is closed by its owner. */
  constructor(file: Pick<FileHandle, 'datasync'>) {
    this.#file = file
  }

  /** Counts bytes that were written. */
  add(size: number): void {
    this.#waiting += size
    if (this.#waiting < longestWait || isBusy) return
    this.#waiting = 0
    isBusy = true
    const syncing = this.#file.datasync().finally(() => (isBusy = false))
    // Linux reports a failure to one sync only, so it is kept for `end`.
    this.#begun = Promise.all([this.#begun, syncing])
    this.#begun.catch(() => undefined)
  }

  /** Waits until all bytes are on the disk. Rejects if a sync failed. */
  async end(): Promise<void> {
    await this.#begun
    await this.#file.datasync()
  }
}
