import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { withLock, temporaryPath, abortable, explainWriteFailure } from '@tsbuild/content'
import { type Digest, type DigestAlgorithm } from '@tsbuild/oci'
import type { Chunk, Upload } from '../storage/storage.ts'
import { formatStored } from '../wire/stored-range.ts'
import { WireError } from '../wire/wire-error.ts'
import { ignoreMissing, readText, replaceFile } from './files.ts'
import type { StoragePaths, UploadPaths } from './storage-paths.ts'
import { UploadSession } from './upload-session.ts'

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** Milliseconds that a request waits for another process to leave the same upload. */
const patience = 10_000

/** Bounds of unfinished uploads. */
export interface UploadLimits {
  /** Most uploads at once. */
  readonly uploads: number
  /** Milliseconds without a byte after which an upload is removed. */
  readonly idle: number
  /** Milliseconds after its beginning, after which an upload is removed even if bytes arrive. */
  readonly age: number
}

/** Moves complete, verified bytes to their place and links them to the repository. */
export type Publish = (repository: string, digest: Digest, path: string) => Promise<void>

/**
 * Unfinished uploads, a folder each, so that any process with the same storage can continue them.
 */
export class Uploads {
  readonly #paths: StoragePaths
  readonly #limits: UploadLimits
  readonly #publish: Publish
  readonly #open = new Map<string, DirectoryUpload>()

  constructor(paths: StoragePaths, limits: UploadLimits, publish: Publish) {
    this.#paths = paths
    this.#limits = limits
    this.#publish = publish
  }

  async begin(repository: string, algorithm: DigestAlgorithm): Promise<Upload> {
    if ((await readdir(this.#paths.uploads)).length >= this.#limits.uploads)
      throw new WireError('TOOMANYREQUESTS', 'too many unfinished uploads', { headers: { 'retry-after': '10' } })
    const id = randomUUID()
    const paths = this.#paths.upload(id)
    try {
      await mkdir(paths.directory)
      await replaceFile(paths.repository, repository, { temporary: this.#paths.temporary, durable: false })
    } catch (error) {
      throw explainWriteFailure(error, paths.directory)
    }
    return this.#remember(id, repository, algorithm)
  }

  async find(repository: string, id: string): Promise<Upload | undefined> {
    if (!idPattern.test(id)) return undefined
    if ((await readText(this.#paths.upload(id).repository)) !== repository) {
      this.#open.delete(id)
      return undefined
    }
    return this.#open.get(id) ?? this.#remember(id, repository, 'sha256')
  }

  /** Removes uploads that received no byte for some time, or that are too old. */
  async sweep(): Promise<number> {
    let removed = 0
    const ids = await readdir(this.#paths.uploads)
    // Another process may have ended them.
    for (const id of this.#open.keys()) if (!ids.includes(id)) this.#open.delete(id)
    for (const id of ids) {
      if (!(await this.#isExpired(this.#paths.upload(id)))) continue
      await this.#open.get(id)?.cancel()
      await this.#remove(id)
      removed++
    }
    return removed
  }

  async #isExpired({ directory, repository, data }: UploadPaths): Promise<boolean> {
    // The name of the repository is written once, at the beginning.
    const [begun, used, made] = await Promise.all([repository, data, directory].map(timeOf))
    const isOld = begun !== undefined && Date.now() - begun > this.#limits.age
    const last = used ?? made
    return isOld || (last !== undefined && Date.now() - last > this.#limits.idle)
  }

  #remember(id: string, repository: string, algorithm: DigestAlgorithm): DirectoryUpload {
    const upload = new DirectoryUpload(id, new UploadSession(this.#paths.upload(id).data, algorithm), {
      paths: this.#paths.upload(id),
      publish: (digest, path) => this.#publish(repository, digest, path),
      remove: () => this.#remove(id),
    })
    this.#open.set(id, upload)
    return upload
  }

  /** In one step, so that a request that comes meanwhile finds all of the upload or none. */
  async #remove(id: string): Promise<void> {
    this.#open.delete(id)
    const aside = temporaryPath(this.#paths.temporary)
    await rename(this.#paths.upload(id).directory, aside).catch(ignoreMissing)
    await rm(aside, { recursive: true, force: true })
  }
}

async function timeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(ignoreMissing))?.mtimeMs
}

interface UploadSurroundings {
  readonly paths: UploadPaths
  readonly publish: (digest: Digest, path: string) => Promise<void>
  readonly remove: () => Promise<void>
}

class DirectoryUpload implements Upload {
  readonly id: string
  readonly #session: UploadSession
  readonly #around: UploadSurroundings
  #current: { readonly controller: AbortController; readonly ended: Promise<unknown> } | undefined

  constructor(id: string, session: UploadSession, around: UploadSurroundings) {
    this.id = id
    this.#session = session
    this.#around = around
  }

  size(): Promise<number> {
    return this.#session.size()
  }

  append({ body, range }: Chunk): Promise<number> {
    return this.#alone(async (signal) => {
      const before = await this.#session.size()
      if (range !== undefined && range.start !== before) throw outOfOrder(range.start, before)
      const length = range && range.end - range.start + 1
      try {
        await this.#session.append(abortable(body, signal), length)
      } catch (error) {
        if (!(error instanceof RangeError)) throw explainWriteFailure(error, this.#around.paths.data)
      }
      const size = await this.#session.size()
      if (length === undefined || size - before === length) return size
      await this.#session.truncate(before)
      throw new WireError('SIZE_INVALID', `the chunk has not the ${length} bytes of its Content-Range`)
    })
  }

  finish(expected: Digest): Promise<void> {
    return this.#alone(async () => {
      const actual = await this.#session.digest(expected.startsWith('sha512') ? 'sha512' : 'sha256')
      if (actual !== expected) {
        const size = await this.#session.size()
        await this.#around.remove()
        throw new WireError('DIGEST_INVALID', `the ${size} bytes of the upload have the digest ${actual}`)
      }
      try {
        await this.#around.publish(expected, this.#around.paths.data)
      } catch (error) {
        // Beyond the quota: the bytes must not stay for an hour.
        if (error instanceof WireError) await this.#around.remove()
        throw error
      }
      await this.#around.remove()
    })
  }

  cancel(): Promise<void> {
    return this.#alone(() => this.#around.remove())
  }

  /**
   * Runs one request of the upload. A client that tries again has given the earlier request up,
   * which may still wait for bytes: it ends.
   */
  async #alone<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const earlier = this.#current
    const controller = new AbortController()
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    this.#current = { controller, ended }
    try {
      earlier?.controller.abort(new WireError('BLOB_UPLOAD_INVALID', 'another request continues this upload'))
      await earlier?.ended
      return await this.#locked(() => action(controller.signal))
    } finally {
      if (this.#current?.controller === controller) this.#current = undefined
      resolve()
    }
  }

  /** Keeps out other processes that serve the same storage. */
  async #locked<T>(action: () => Promise<T>): Promise<T> {
    const { lock, repository } = this.#around.paths
    const signal = AbortSignal.timeout(patience)
    try {
      return await withLock(lock, action, { signal })
    } catch (error) {
      if (error === signal.reason)
        throw new WireError('TOOMANYREQUESTS', 'another process works on this upload', {
          headers: { 'retry-after': '5' },
        })
      if (error instanceof WireError || (await readText(repository)) !== undefined) throw error
      throw new WireError('BLOB_UPLOAD_UNKNOWN', 'the upload has ended')
    }
  }
}

function outOfOrder(start: number, size: number): WireError {
  return new WireError('BLOB_UPLOAD_INVALID', `the chunk begins at ${start}, expected ${size}`, {
    status: 416,
    headers: { range: formatStored(size) },
  })
}
