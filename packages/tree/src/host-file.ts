import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Digest } from '@tsbuild/oci'
import type { FileContent, Path } from './entry.ts'
import { TreeError } from './errors.ts'
import { hostPath } from './host-path.ts'
import type { FileStat } from './stat-cache.ts'

const readAt = promisify(read)
const chunkSize = 1 << 20

/** Content of a file on this machine, as it was when `stat` was taken. */
export class HostFile implements FileContent {
  readonly size: number
  readonly stat: FileStat
  digest?: Digest
  readonly #root: string
  readonly #path: Path

  /** The file at `path` below the directory `root`. */
  constructor(root: string, path: Path, stat: FileStat) {
    const { dev, ino, size, mtimeNs, ctimeNs } = stat
    this.size = Number(size)
    // A stat has thrice as much in it; there is one of these for every file of a context.
    this.stat = { dev, ino, size, mtimeNs, ctimeNs }
    this.#root = root
    this.#path = path
  }

  /** Reads the file; throws `TreeError` `FILE_CHANGED` when it is not the scanned one any more. */
  async *open(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.size <= chunkSize) {
      const whole = Buffer.allocUnsafe(this.size)
      this.readInto(whole, 0)
      if (whole.length > 0) yield whole
      return
    }
    const fd = this.#open()
    try {
      if (!this.#isUnchanged(fd)) throw this.#changed()
      for (let at = 0; at < this.size; ) {
        const length = Math.min(chunkSize, this.size - at)
        const { bytesRead, buffer } = await readAt(fd, Buffer.allocUnsafeSlow(length), 0, length, at)
        if (bytesRead === 0) throw this.#changed()
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
      if (!this.#isUnchanged(fd)) throw this.#changed()
    } finally {
      closeSync(fd)
    }
  }

  /**
   * Reads the whole file at once to `offset` of a buffer, failing as `open` does. Meant for small files: system calls on this
   * thread are far cheaper than trips to the pool. That the file is unchanged afterwards says that it was all the time.
   */
  readInto(buffer: Buffer, offset: number): void {
    const fd = this.#open()
    try {
      if (readSync(fd, buffer, offset, this.size, null) !== this.size || !this.#isUnchanged(fd)) throw this.#changed()
    } catch (error) {
      // What took the place of the file may not be readable at all.
      throw this.#isUnchanged(fd) ? error : this.#changed(error)
    } finally {
      closeSync(fd)
    }
  }

  #open(): number {
    try {
      // NONBLOCK: a FIFO put in the place of the file must not stop us.
      return openSync(hostPath(this.#root, this.#path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    } catch (cause) {
      throw this.#changed(cause)
    }
  }

  #isUnchanged(fd: number): boolean {
    const now = fstatSync(fd, { bigint: true })
    const { dev, ino, size, mtimeNs, ctimeNs } = this.stat
    return now.dev === dev && now.ino === ino && now.size === size && now.mtimeNs === mtimeNs && now.ctimeNs === ctimeNs
  }

  #changed(cause?: unknown): TreeError {
    return new TreeError('FILE_CHANGED', `File "${this.#path}" changed while it was being used`, { path: this.#path, cause })
  }
}
