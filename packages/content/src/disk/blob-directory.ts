import { link, lstat, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithms,
  digestOfHex,
  hexOf,
} from '@tsbuild/oci'
import { abortable } from '../storage/abortable.ts'
import { ContentError, explainWriteFailure, hasErrno } from '../storage/errors.ts'
import type { Bytes, ContentIngester, ContentSource, ContentTarget } from '../storage/storage.ts'
import { readFile } from './read-file.ts'
import { syncDirectory } from './sync-directory.ts'
import { prepareTemporary, temporaryPath } from './temporary-files.ts'
import { measured, verified } from '../storage/verified.ts'
import { writeNewFile } from './write-new-file.ts'

const usualAlgorithm: DigestAlgorithm = 'sha256'
/** One object notes the use of a blob at most this often. */
const touchEvery = 60_000
/** Patience with a collector between its two renames: number of looks, and milliseconds between. */
const turnsToPutBack = 5
const turnToPutBack = 20

/** A blob on disk. */
export interface StoredBlob {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  /** Time of writing or last use, in milliseconds since 1970, to the minute. */
  readonly usedAt: number
}

/** Settings of a directory of blobs. */
export interface BlobDirectoryOptions {
  /** Another directory of the same file system for unfinished files, which the caller sweeps. */
  readonly temporary?: string
  /** Survives power failures, at the cost of waiting for the disk. Default: false. */
  readonly durable?: boolean
  /** False for a reader whose access does not count as a use. Default: true. */
  readonly marksUse?: boolean
}

/**
 * Blobs as the files `sha256/<hex>` and `sha512/<hex>` of a directory, the layout of an image
 * layout's `blobs`. A file gets its name only when it is complete and verified, so any number of
 * processes may write, and be killed, at any time. Unfinished files are in `.tmp` next to `sha256`.
 * The first write removes those of ended processes. `temporary` names another directory of the same
 * file system, which the caller makes and sweeps. With `durable`, a name that exists after a power
 * failure has complete bytes. The names themselves survive one after `syncNames`.
 */
export class BlobDirectory implements ContentTarget, ContentIngester {
  readonly #blobs: string
  readonly #temporary: string
  readonly #ownsTemporary: boolean
  readonly #durable: boolean
  readonly #marksUse: boolean
  readonly #marked = new Map<Digest, number>()
  readonly #algorithms = new Set<DigestAlgorithm>([usualAlgorithm])
  #prepared: Promise<void> | undefined

  constructor(directory: string, options: BlobDirectoryOptions = {}) {
    this.#blobs = directory
    this.#temporary = options.temporary ?? join(directory, '.tmp')
    this.#ownsTemporary = options.temporary === undefined
    this.#durable = options.durable ?? false
    this.#marksUse = options.marksUse ?? true
  }

  /** Path of the blob, whether it exists or not. */
  pathOf(digest: Digest): string {
    return join(this.#blobs, algorithmOf(digest), hexOf(digest))
  }

  async has(target: Descriptor): Promise<boolean> {
    return (await this.use(target.digest)) === target.size
  }

  /**
   * Records the use of a blob, and returns its size in bytes, or undefined if it is missing. The
   * note comes before the look: a collector that has moved the blob aside meanwhile finds the new
   * note and puts it back.
   */
  async use(digest: Digest): Promise<number | undefined> {
    const path = this.pathOf(digest)
    const isNoted = this.#marksUse && (await this.#mark(digest, path))
    let file = await stat(path).catch(ignoreMissing)
    for (let turn = 0; isNoted && file === undefined && turn < turnsToPutBack; turn++) {
      await sleep(turnToPutBack)
      file = await stat(path).catch(ignoreMissing)
    }
    return file?.isFile() === true ? file.size : undefined
  }

  /** True if the blob existed and has a new time. */
  async #mark(digest: Digest, path: string): Promise<boolean> {
    const now = Date.now()
    if (now - (this.#marked.get(digest) ?? 0) <= touchEvery) return false
    try {
      await utimes(path, new Date(now), new Date(now))
      this.#marked.set(digest, now)
      return true
    } catch {
      // A read-only store is fine: this process does not collect it.
      return false
    }
  }

  async open(target: Descriptor, signal?: AbortSignal): Promise<Bytes> {
    const path = this.pathOf(target.digest)
    if ((await this.use(target.digest)) === undefined)
      throw new ContentError('NOT_FOUND', `no content ${target.digest} in "${this.#blobs}"`)
    const bytes = readFile(path, target.size)
    return verified(signal === undefined ? bytes : abortable(bytes, signal), target)
  }

  async put(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    if (!(await this.has(expected))) await this.replace(expected, content, signal)
  }

  /** Stores content as `put` does, and reads all of it even if the directory has it. */
  async replace(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    await this.#write(verified(content, expected), () => expected.digest, signal)
  }

  async ingest(
    content: Bytes,
    signal?: AbortSignal,
    algorithm?: DigestAlgorithm,
  ): Promise<{ readonly digest: Digest; readonly size: number }> {
    const { bytes, measure } = measured(content, algorithm)
    let result: ReturnType<typeof measure> | undefined
    const digest = await this.#write(bytes, () => (result = measure()).digest, signal)
    return { digest, size: result?.size ?? 0 }
  }

  /** Takes over another directory's file by a hard link, which is possible on one file system. */
  async adopt(expected: Descriptor, from: ContentSource): Promise<boolean> {
    if (await this.has(expected)) return true
    if (!hasFiles(from)) return false
    const path = from.pathOf(expected.digest)
    try {
      const file = await lstat(path)
      if (!file.isFile() || file.size !== expected.size) return false
      await this.#prepare()
      if (this.#durable) await syncFile(path)
      await this.#prepareAlgorithm(expected.digest)
      await link(path, this.pathOf(expected.digest))
      return true
    } catch {
      // Another file system, one without links, or too many links. `put` copies instead, or reports
      // the error.
      return false
    }
  }

  /**
   * Makes the names durable that any process has given until now: to be called before a record that
   * must not outlive them is written.
   */
  async syncNames(): Promise<void> {
    if (this.#durable) await Promise.all(digestAlgorithms.map((name) => syncDirectory(join(this.#blobs, name))))
  }

  /** Removes the blob if it exists. */
  async delete(digest: Digest): Promise<void> {
    await rm(this.pathOf(digest), { force: true })
  }

  /** Every blob, in no order. Other files of the directory are skipped. */
  async *list(): AsyncGenerator<StoredBlob, void, undefined> {
    for (const algorithm of digestAlgorithms) {
      const names = (await readdir(join(this.#blobs, algorithm)).catch(ignoreMissing)) ?? []
      for (const name of names) {
        const digest = digestOfHex(name)
        if (digest === undefined || algorithmOf(digest) !== algorithm) continue
        const file = await stat(this.pathOf(digest)).catch(ignoreMissing)
        if (file?.isFile() === true) yield { digest, size: file.size, usedAt: file.mtimeMs }
      }
    }
  }

  /** Writes a temporary file and gives it the name `digest` returns after the end of the stream. */
  async #write(content: Bytes, digest: () => Digest, signal: AbortSignal | undefined): Promise<Digest> {
    const path = temporaryPath(this.#temporary)
    try {
      await this.#prepare()
      // Read-only, because other directories may hold links to the blob.
      await writeNewFile(path, content, {
        mode: 0o444,
        durable: this.#durable,
        ...(signal !== undefined && { signal }),
      })
      const name = digest()
      await this.#prepareAlgorithm(name)
      // Replaces the file of a concurrent writer, which has the same content.
      await rename(path, this.pathOf(name))
      return name
    } catch (error) {
      await rm(path, { force: true })
      throw explainWriteFailure(error, this.#blobs)
    }
  }

  /** Once per object, at its first write: a directory that is only read is never changed. */
  #prepare(): Promise<void> {
    this.#prepared ??= mkdir(join(this.#blobs, usualAlgorithm), { recursive: true }).then(() =>
      this.#ownsTemporary ? prepareTemporary(this.#temporary) : undefined,
    )
    return this.#prepared
  }

  /** The directory of a rare algorithm exists from its first blob on. */
  async #prepareAlgorithm(digest: Digest): Promise<void> {
    const algorithm = algorithmOf(digest)
    if (this.#algorithms.has(algorithm)) return
    await mkdir(join(this.#blobs, algorithm), { recursive: true })
    if (this.#durable) await syncDirectory(this.#blobs)
    this.#algorithms.add(algorithm)
  }
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path)
  await file.datasync()
}

function hasFiles(source: ContentSource): source is ContentSource & Pick<BlobDirectory, 'pathOf'> {
  return 'pathOf' in source && typeof source.pathOf === 'function'
}

function ignoreMissing(error: unknown): undefined {
  if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
  throw error
}
