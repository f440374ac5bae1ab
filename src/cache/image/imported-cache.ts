import type { Digest } from '@tsbuild/oci'
import type { CacheHit } from '../../solve/cache-store.ts'
import type { CacheDocument, CacheRecord } from '../model/cache-document.ts'
import { asCacheError } from '../model/cache-error.ts'
import { type CachePlace, readCache } from './cache-place.ts'
import { DocumentSnapshots, type DocumentSnapshotsOptions, type LocatedDocument } from '../model/document-snapshots.ts'
import type { FoundMount, ReadableCache } from '../model/readable-cache.ts'

/** A cache to read, and what it needs of the build. */
export interface ImportedCacheOptions extends DocumentSnapshotsOptions {
  /** Finds the cache, the preferred place first; empty where nothing has been written yet. */
  find(): Promise<readonly CachePlace[]>
  /** HMAC key that the records must be signed with. */
  readonly key?: Uint8Array
}

/** Records of a cache, and where its bytes are. */
interface Library extends LocatedDocument {
  readonly records: ReadonlyMap<Digest, Pick<CacheRecord, 'snapshot' | 'content'>>
}

/**
 * A cache from elsewhere. Its records are read as a whole when the first key is looked up, so that
 * a look-up takes no request of its own. Bytes of layers stay there until they are needed.
 */
export class ImportedCache implements ReadableCache {
  readonly name: string
  readonly #options: ImportedCacheOptions
  readonly #snapshots: DocumentSnapshots
  #loading: Promise<readonly Library[]> | undefined
  #isDropped = false

  constructor(options: ImportedCacheOptions) {
    this.name = options.name
    this.#options = options
    this.#snapshots = new DocumentSnapshots(options)
  }

  /**
   * Reads the records, once. Resolves with their number, or undefined where there is no cache yet;
   * rejects with `CacheError`.
   */
  async load(): Promise<number | undefined> {
    const libraries = await this.#libraries()
    return libraries.length === 0
      ? undefined
      : libraries.reduce((sum, { document }) => sum + document.records.length, 0)
  }

  /** Rejects with `CacheError` if the cache cannot be read. */
  async get(key: Digest): Promise<CacheHit | undefined> {
    for (const library of this.#isDropped ? [] : await this.#libraries()) {
      const record = library.records.get(key)
      const snapshot = record && (await this.#snapshots.read(library, record.snapshot))
      if (record === undefined || snapshot === undefined) continue
      return { snapshot, cache: this.name, ...(record.content !== undefined && { content: record.content }) }
    }
    return undefined
  }

  /** The mount with a name. Rejects with `CacheError` if the cache cannot be read. */
  async findMount(name: string): Promise<FoundMount | undefined> {
    return (await this.mounts()).find((mount) => mount.name === name)
  }

  /** All mounts. Rejects with `CacheError` if the cache cannot be read. */
  async mounts(): Promise<readonly FoundMount[]> {
    const libraries = this.#isDropped ? [] : await this.#libraries()
    return libraries.flatMap(({ document: { mounts = [] }, source }) => mounts.map((mount) => ({ ...mount, source })))
  }

  get isDropped(): boolean {
    return this.#isDropped
  }

  /** From now on the cache has nothing. */
  drop(): void {
    this.#isDropped = true
  }

  #libraries(): Promise<readonly Library[]> {
    return (this.#loading ??= this.#read().catch((error: unknown) => {
      throw asCacheError(this.name, error)
    }))
  }

  async #read(): Promise<readonly Library[]> {
    const { find, key } = this.#options
    const read = async (place: CachePlace): Promise<readonly Library[]> => {
      const documents = await readCache(place, key)
      return documents.map((document) => ({ source: place.source, document, records: recordsByKey(document) }))
    }
    return (await Promise.all((await find()).map(read))).flat()
  }
}

function recordsByKey({ records }: CacheDocument): Library['records'] {
  return new Map(
    records.flatMap(({ key, content, snapshot }) => [
      [key, { snapshot, ...(content !== undefined && { content }) }] as const,
      ...(content === undefined ? [] : [[content, { snapshot }] as const]),
    ]),
  )
}
