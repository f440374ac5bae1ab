import { join } from 'node:path'
import { type Digest } from '@tsbuild/oci'
import { WireError } from '../wire/wire-error.ts'
import { listNames, sizeOf } from './files.ts'
import { readLinks } from './repository.ts'
import { blobFolders, type StoragePaths } from './storage-paths.ts'

/** Most bytes of a storage and of one repository. Default: no bound. */
export interface Quota {
  /** Content that several repositories share counts once. */
  readonly total?: number | undefined
  /** All content of the repository counts, shared or not. */
  readonly repository?: number | undefined
}

/** Milliseconds for which a measured size is used to accept content. A refusal measures again. */
const measuredFor = 10_000

interface Measured {
  readonly bytes: number
  readonly at: number
}

/** Sizes on disk, compared with a quota. */
export class Usage {
  readonly #paths: StoragePaths
  readonly #quota: Quota
  readonly #measured = new Map<string, Measured>()

  constructor(paths: StoragePaths, quota: Quota) {
    this.#paths = paths
    this.#quota = quota
  }

  /**
   * Bytes that a repository may still receive; infinite without a quota. Rejects with `DENIED` if
   * it has none left, and with `SIZE_INVALID` (413) for more bytes than the quota ever allows.
   */
  async room(repository: string, wanted = 0): Promise<number> {
    const { total = Number.POSITIVE_INFINITY, repository: own = Number.POSITIVE_INFINITY } = this.#quota
    if (wanted > Math.min(total, own))
      throw new WireError('SIZE_INVALID', `${wanted} bytes are more than the quota of ${Math.min(total, own)}`, {
        status: 413,
      })
    const rooms = [
      { limit: own, name: `"${repository}"`, key: repository, measure: () => this.#sizeOfRepository(repository) },
      { limit: total, name: 'the registry', key: '', measure: () => this.#sizeOfAll() },
    ].filter(({ limit }) => limit !== Number.POSITIVE_INFINITY)
    let least = Number.POSITIVE_INFINITY
    for (const { limit, name, key, measure } of rooms) {
      const isEnough = (bytes: number): boolean => limit - bytes > 0 && limit - bytes >= wanted
      let used = await this.#recent(key, measure)
      if (!isEnough(used)) used = await this.#measure(key, measure)
      if (!isEnough(used)) throw quotaExceeded(name, { limit, used })
      least = Math.min(least, limit - used)
    }
    return least
  }

  /** Checks the room for content that is about to be linked to a repository, with sizes of now. */
  async check(repository: string, digest: Digest, size: number): Promise<void> {
    const { blob, manifest } = this.#paths.repository(repository)
    // Content that the repository has takes no more room.
    if ((await sizeOf(blob(digest))) !== undefined || (await sizeOf(manifest(digest))) !== undefined) return
    this.#measured.delete(repository)
    const isStored = (await sizeOf(this.#paths.blob(digest))) !== undefined
    const { total, repository: own } = this.#quota
    if (own !== undefined) {
      const used = await this.#sizeOfRepository(repository)
      if (used + size > own) throw quotaExceeded(`"${repository}"`, { limit: own, used })
    }
    if (total === undefined || isStored) return
    this.#measured.delete('')
    const used = await this.#sizeOfAll()
    if (used + size > total) throw quotaExceeded('the registry', { limit: total, used })
  }

  async #recent(key: string, measure: () => Promise<number>): Promise<number> {
    const known = this.#measured.get(key)
    return known !== undefined && Date.now() - known.at < measuredFor ? known.bytes : this.#measure(key, measure)
  }

  async #measure(key: string, measure: () => Promise<number>): Promise<number> {
    const bytes = await measure()
    this.#measured.set(key, { bytes, at: Date.now() })
    return bytes
  }

  async #sizeOfAll(): Promise<number> {
    let bytes = 0
    for (const folder of blobFolders(this.#paths))
      for (const name of (await listNames(folder)) ?? []) bytes += (await sizeOf(join(folder, name))) ?? 0
    return bytes
  }

  async #sizeOfRepository(name: string): Promise<number> {
    const { blobs, manifests } = this.#paths.repository(name)
    const digests = new Set([...(await readLinks(blobs)), ...(await readLinks(manifests))])
    let bytes = 0
    for (const digest of digests) bytes += (await sizeOf(this.#paths.blob(digest))) ?? 0
    return bytes
  }
}

function quotaExceeded(name: string, { limit, used }: { readonly limit: number; readonly used: number }): WireError {
  return new WireError('DENIED', `quota exceeded: ${name} has ${used} of ${limit} bytes`)
}
