import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Digest } from '@tsbuild/oci'
import type { FileContent, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import type { FileStat } from '../known/file-records.ts'
import type { FileTable } from './file-table.ts'
import { hostPath } from './host-path.ts'
import { readErrorCode } from './system-error.ts'

const readAt = promisify(read)
const chunkSize = 1 << 20

/** Content of a file on this machine, as it was when its stat was taken. */
export class HostFile implements FileContent {
  readonly size: number
  readonly #table: FileTable
  readonly #row: number
  readonly #path: Path

  /** The file at `path` below the root of `table`. */
  constructor(table: FileTable, path: Path, stat: FileStat) {
    this.size = Number(stat.size)
    this.#table = table
    this.#row = table.add(stat)
    this.#path = path
  }

  /** Identity of this state of the file, as `writeStat` writes it. */
  get stat(): Buffer {
    return this.#table.stat(this.#row)
  }

  /** Stat and digest, as `FileRecords` have them. */
  get record(): Buffer {
    return this.#table.record(this.#row)
  }

  get digest(): Digest | undefined {
    return this.#table.digest(this.#row)
  }

  set digest(digest: Digest) {
    this.#table.setDigest(this.#row, digest)
  }

  /** Reads the file. Throws `TreeError` `FILE_CHANGED` if it differs from the scanned one. */
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
   * Reads the whole file synchronously to `offset` of a buffer. Fails as `open` does. Meant for
   * small files: system calls on this thread are far cheaper than trips to the pool. That the file
   * is unchanged afterwards says that it was all the time.
   */
  readInto(buffer: Buffer, offset: number): void {
    const fd = this.#open()
    try {
      if (readSync(fd, buffer, offset, this.size, null) !== this.size || !this.#isUnchanged(fd)) throw this.#changed()
    } catch (error) {
      // The file that replaced it may be unreadable.
      throw this.#isUnchanged(fd) ? error : this.#changed(error)
    } finally {
      closeSync(fd)
    }
  }

  /** As `FileContent.readAt`, failing as `open` does. */
  async readAt(start: number, length: number): Promise<Buffer> {
    const fd = this.#open()
    try {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - start)))
      if (readSync(fd, buffer, 0, buffer.length, start) !== buffer.length || !this.#isUnchanged(fd))
        throw this.#changed()
      return buffer
    } finally {
      closeSync(fd)
    }
  }

  #open(): number {
    try {
      // NONBLOCK: a FIFO put in the place of the file must not stop us.
      return openSync(
        hostPath(this.#table.root, this.#path),
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      )
    } catch (cause) {
      throw /^(EACCES|EPERM)$/.test(readErrorCode(cause) ?? '') ? this.#unreadable(cause) : this.#changed(cause)
    }
  }

  #isUnchanged(fd: number): boolean {
    return this.#table.matches(this.#row, fstatSync(fd, { bigint: true }))
  }

  #changed(cause?: unknown): TreeError {
    const help = this.#hint('stop the program that writes to it')
    return new TreeError('FILE_CHANGED', `file "${this.#path}" changed while it was being used`, {
      path: this.#path,
      cause,
      ...help,
    })
  }

  #unreadable(cause: unknown): TreeError {
    const help = this.#hint('make it readable')
    return new TreeError('FILE_UNREADABLE', `cannot read file "${this.#path}": permission denied`, {
      path: this.#path,
      cause,
      ...help,
    })
  }

  #hint(action: string): { readonly hint?: string } {
    const { remedy } = this.#table
    return remedy === undefined ? {} : { hint: `${action}, or ${remedy}` }
  }
}
