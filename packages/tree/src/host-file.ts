import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Digest } from '@tsbuild/oci'
import type { FileContent, Path } from './entry.ts'
import { TreeError } from './errors.ts'
import type { HostPath } from './host-path.ts'
import type { FileStat } from './stat-cache.ts'

const readAt = promisify(read)
const chunkSize = 1 << 20

/** Content of a file on this machine, as it was when `stat` was taken. */
export class HostFile implements FileContent {
  readonly size: number
  readonly digest?: Digest
  readonly stat: FileStat
  readonly #file: HostPath
  readonly #path: Path

  /** `path` is for messages. */
  constructor(file: HostPath, path: Path, known: { readonly stat: FileStat; readonly digest?: Digest }) {
    this.size = Number(known.stat.size)
    this.stat = known.stat
    if (known.digest !== undefined) this.digest = known.digest
    this.#file = file
    this.#path = path
  }

  /** The same file, its digest known. */
  withDigest(digest: Digest): HostFile {
    return new HostFile(this.#file, this.#path, { stat: this.stat, digest })
  }

  /** Reads the file; throws `TreeError` `FILE_CHANGED` when it is not the scanned one any more, before or after reading. */
  async *open(): AsyncGenerator<Uint8Array, void, undefined> {
    const small = this.readSmall()
    if (small !== undefined) {
      if (small.length > 0) yield small
      return
    }
    const fd = this.#openUnchanged()
    try {
      for (let at = 0; at < this.size; ) {
        const length = Math.min(chunkSize, this.size - at)
        const { bytesRead, buffer } = await readAt(fd, Buffer.allocUnsafeSlow(length), 0, length, at)
        if (bytesRead === 0) throw this.#changed()
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
      this.#checkUnchanged(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** The whole of a file of up to 1 MiB, at once: system calls on this thread are far cheaper than trips to the pool. */
  readSmall(): Buffer | undefined {
    if (this.size > chunkSize) return undefined
    const fd = this.#openUnchanged()
    try {
      const buffer = Buffer.allocUnsafe(this.size)
      if (readSync(fd, buffer) !== this.size) throw this.#changed()
      this.#checkUnchanged(fd)
      return buffer
    } finally {
      closeSync(fd)
    }
  }

  #openUnchanged(): number {
    const fd = this.#tryOpen()
    try {
      this.#checkUnchanged(fd)
      return fd
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  #tryOpen(): number {
    try {
      // NONBLOCK: a FIFO put in the place of the file must not stop us.
      return openSync(this.#file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    } catch (cause) {
      throw this.#changed(cause)
    }
  }

  #checkUnchanged(fd: number): void {
    const now = fstatSync(fd, { bigint: true })
    const { dev, ino, size, mtimeNs, ctimeNs } = this.stat
    const isSame = now.dev === dev && now.ino === ino && now.size === size && now.mtimeNs === mtimeNs && now.ctimeNs === ctimeNs
    if (!isSame) throw this.#changed()
  }

  #changed(cause?: unknown): TreeError {
    return new TreeError('FILE_CHANGED', `File "${this.#path}" changed while it was being used`, { path: this.#path, cause })
  }
}
