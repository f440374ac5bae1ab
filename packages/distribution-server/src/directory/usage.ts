import type { Bytes } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import { WireError } from '../wire/wire-error.ts'
import type { Upload } from '../storage/storage.ts'
import { sizeOf } from './files.ts'
import { measureContent, measureRepository, measureUploads } from './measure-sizes.ts'
import type { StoragePaths } from './storage-paths.ts'

/** Most bytes of a storage and of one repository, with unfinished uploads. Default: no bound. */
export interface Quota {
  /** Content that several repositories share counts once. */
  readonly total?: number | undefined
  /** All content of the repository counts, shared or not. */
  readonly repository?: number | undefined
}

/** Milliseconds for which a measured size is used to accept content. A refusal measures again. */
const measuredFor = 10_000

/** A bound that holds for a repository. */
interface Limit {
  readonly bytes: number
  /** Name of the bounded place in messages. */
  readonly name: string
  /** Content that another repository has does not count a second time. */
  readonly isShared: boolean
  /** Bytes of blobs and manifests on disk. */
  content(): Promise<number>
  /** Bytes of unfinished uploads. */
  uploads(): Promise<number>
}

/** Bytes when they were measured, and those that arrived since. */
interface Measured {
  bytes: number
  readonly at: number
}

/** Sizes on disk, compared with a quota. */
export class Usage {
  readonly #paths: StoragePaths
  readonly #quota: Quota
  readonly #measured = new Map<string, Measured>()
  readonly #measuring = new Map<string, Promise<Measured>>()
  /** Sizes of the uploads that are receiving bytes, by their ids. */
  readonly #received = new Map<string, number>()

  constructor(paths: StoragePaths, quota: Quota) {
    this.#paths = paths
    this.#quota = quota
  }

  /**
   * Rejects with `DENIED` if a repository may not receive a byte, or `wanted` more than the
   * `stored` ones of an upload, and with `SIZE_INVALID` (413) for a blob larger than the quota.
   */
  async requireRoom(repository: string, wanted = 1, stored = 0): Promise<void> {
    const limits = this.#limitsOf(repository)
    const size = stored + wanted
    const least = Math.min(...limits.map(({ bytes }) => bytes))
    if (size > least)
      throw new WireError('SIZE_INVALID', `${size} bytes are more than the quota of ${least}`, { status: 413 })
    for (const limit of limits) await this.#require(limit, { wanted, taken: 0 })
  }

  /** The bytes for an upload, or `DENIED` in the place of those beyond the quota. */
  async *withinQuota(repository: string, upload: Upload, body: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
    const limits = this.#limitsOf(repository)
    let size = await upload.size()
    try {
      for await (const chunk of body) {
        for (const limit of limits) await this.#require(limit, { wanted: chunk.length, taken: chunk.length })
        size += chunk.length
        this.#received.set(upload.id, size)
        yield chunk
      }
    } finally {
      this.#received.delete(upload.id)
    }
  }

  /**
   * Checks the room for content that is about to be linked to a repository, with sizes of now.
   * Unfinished uploads do not count: they may have to give way.
   */
  async check(repository: string, digest: Digest, size: number): Promise<void> {
    const { blob, manifest } = this.#paths.repository(repository)
    // Content that the repository has takes no more room.
    if ((await sizeOf(blob(digest))) !== undefined || (await sizeOf(manifest(digest))) !== undefined) return
    const isStored = (await sizeOf(this.#paths.blob(digest))) !== undefined
    for (const limit of this.#limitsOf(repository)) {
      if (limit.isShared && isStored) continue
      const used = await limit.content()
      if (used + size > limit.bytes) throw quotaExceeded(limit, used)
    }
  }

  #limitsOf(repository: string): readonly Limit[] {
    const paths = this.#paths
    const { total = Number.POSITIVE_INFINITY, repository: own = Number.POSITIVE_INFINITY } = this.#quota
    const limits: readonly Limit[] = [
      {
        bytes: own,
        name: `"${repository}"`,
        isShared: false,
        content: () => measureRepository(paths, repository),
        uploads: () => measureUploads(paths, this.#received, repository),
      },
      {
        bytes: total,
        name: 'the registry',
        isShared: true,
        content: () => measureContent(paths),
        uploads: () => measureUploads(paths, this.#received),
      },
    ]
    return limits.filter(({ bytes }) => bytes !== Number.POSITIVE_INFINITY)
  }

  /**
   * Rejects with `DENIED` unless `wanted` more bytes have room; counts `taken` bytes as arrived.
   * Sizes are measured again before a refusal.
   */
  async #require(limit: Limit, { wanted, taken }: { readonly wanted: number; readonly taken: number }): Promise<void> {
    // Without a wait in between: uploads at the same time must not share the same room.
    const take = (measured: Measured): boolean => {
      if (measured.bytes + wanted > limit.bytes) return false
      measured.bytes += taken
      return true
    }
    const known = this.#measured.get(limit.name)
    if (known !== undefined && Date.now() - known.at < measuredFor && take(known)) return
    const measured = await this.#measure(limit)
    if (!take(measured)) throw quotaExceeded(limit, measured.bytes)
  }

  /** Requests at the same time share one measurement. */
  #measure({ name, content, uploads }: Limit): Promise<Measured> {
    const measure = async (): Promise<Measured> => {
      try {
        const measured = { bytes: (await uploads()) + (await content()), at: Date.now() }
        for (const [key, { at }] of this.#measured) if (measured.at - at > measuredFor) this.#measured.delete(key)
        this.#measured.set(name, measured)
        return measured
      } finally {
        this.#measuring.delete(name)
      }
    }
    const measuring = this.#measuring.get(name) ?? measure()
    this.#measuring.set(name, measuring)
    return measuring
  }
}

function quotaExceeded({ name, bytes }: Limit, used: number): WireError {
  return new WireError('DENIED', `quota exceeded: ${name} has ${used} of ${bytes} bytes`)
}
