import type { ContentSource } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { Layer, Snapshot } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { CacheHit, CacheStore } from '../solve/cache-store.ts'
import { once } from '../solve/once.ts'
import {
  type CachedLayer,
  type CachedMount,
  type CacheDocument,
  cacheLimits,
  type CacheRecord,
} from './cache-document.ts'
import { asCacheError } from './cache-error.ts'
import { type CachePlace, readCache } from './cache-place.ts'
import { carriedLayer } from './carried-layer.ts'

/** A cache to read, and what it needs of the build. */
export interface ImportedCacheOptions {
  /** For people: a reference or a directory. */
  readonly name: string
  readonly store: LayerStore
  /** Finds the cache, the preferred place first; empty where nothing has been written yet. */
  find(): Promise<readonly CachePlace[]>
  /** Layer of a base image of this build, by diffId. */
  baseLayer(diffId: Digest): Promise<Layer | undefined>
  /** HMAC key that the records must be signed with. */
  readonly key?: Uint8Array
}

/** Records of a cache, and where its bytes are. */
interface Library {
  readonly place: CachePlace
  readonly document: CacheDocument
  readonly records: ReadonlyMap<Digest, Pick<CacheRecord, 'snapshot' | 'content'>>
}

/** A cache mount, and where its bytes are. */
export interface FoundMount extends CachedMount {
  readonly source: ContentSource
}

/**
 * A cache from elsewhere. Its records are read as a whole when the first key is looked up, so that
 * a look-up takes no request of its own. Bytes of layers stay there until they are needed.
 */
export class ImportedCache implements Pick<CacheStore, 'get'> {
  readonly name: string
  readonly #options: ImportedCacheOptions
  readonly #layers = new Map<CachedLayer, Promise<Layer | undefined>>()
  #loading: Promise<readonly Library[]> | undefined
  #isDropped = false

  constructor(options: ImportedCacheOptions) {
    this.name = options.name
    this.#options = options
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
      const snapshot = record && (await this.#snapshot(record.snapshot, library))
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
    return libraries.flatMap(({ document: { mounts = [] }, place: { source } }) =>
      mounts.map((mount) => ({ ...mount, source })),
    )
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
      return documents.map((document) => ({ place, document, records: recordsByKey(document) }))
    }
    return (await Promise.all((await find()).map(read))).flat()
  }

  async #snapshot(top: number, { document, place }: Library): Promise<Snapshot | undefined> {
    const cached: CachedLayer[] = []
    for (let at = top; at >= 0; ) {
      const [below, index] = document.snapshots[at] ?? [-1, -1]
      const layer = document.layers[index]
      if (layer === undefined || cached.length === cacheLimits.depth) return undefined
      cached.push(layer)
      at = below
    }
    const layers = await Promise.all(
      cached.reverse().map((layer) => once(this.#layers, layer, () => this.#layer(layer, place))),
    )
    return layers.every((layer) => layer !== undefined) ? layers : undefined
  }

  async #layer(cached: CachedLayer, { source }: CachePlace): Promise<Layer | undefined> {
    const { store, name, baseLayer } = this.#options
    const { id, diffId, base, blob } = cached
    if (base === true) return baseLayer(diffId)
    const known = await store.load(id, diffId)
    if (known !== undefined || blob === undefined) return known
    return carriedLayer({ ...cached, blob }, { store, source, cache: name })
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
