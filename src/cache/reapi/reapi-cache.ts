import { type Digest, digestOf } from '@tsbuild/oci'
import pLimit from 'p-limit'
import type { ReapiConnection } from '../../reapi/connections.ts'
import type { CacheHit } from '../../solve/cache-store.ts'
import { once } from '../../solve/once.ts'
import { type CacheDocument, decodeCache } from '../model/cache-document.ts'
import { asCacheError, CacheError } from '../model/cache-error.ts'
import { DocumentSnapshots, type DocumentSnapshotsOptions } from '../model/document-snapshots.ts'
import type { FoundMount, ReadableCache } from '../model/readable-cache.ts'
import { readMounts } from './reapi-mounts.ts'
import { recordPath, stepAction } from './step-action.ts'

export interface ReapiCacheOptions extends DocumentSnapshotsOptions {
  connect(): Promise<ReapiConnection>
  /** HMAC key that the records must be signed with. */
  readonly key?: Uint8Array
  /** Name of the cache mounts there. */
  readonly scope?: string
}

/** Bytes of the record of one step: it names at most a thousand layers. */
const recordLimit = 1024 * 1024

/** Look-ups at the same time. */
const lookUps = 64

/**
 * The action cache of a server. Each step has a result of its own there, whose record is a document
 * with that step alone. The records of all steps that a build expects are read together.
 */
export class ReapiCache implements ReadableCache {
  readonly name: string
  readonly #options: ReapiCacheOptions
  readonly #snapshots: DocumentSnapshots
  readonly #found = new Map<Digest, Promise<CacheHit | undefined>>()
  readonly #limit = pLimit(lookUps)
  #mounts: Promise<readonly FoundMount[]> | undefined
  #isDropped = false

  constructor(options: ReapiCacheOptions) {
    this.name = options.name
    this.#options = options
    this.#snapshots = new DocumentSnapshots(options)
  }

  get isDropped(): boolean {
    return this.#isDropped
  }

  async load(expected: readonly Digest[]): Promise<number> {
    const hits = await Promise.all(expected.map((key) => this.get(key)))
    return hits.filter((hit) => hit !== undefined).length
  }

  /** Rejects with `CacheError`. */
  async get(key: Digest): Promise<CacheHit | undefined> {
    if (this.#isDropped) return undefined
    return once(this.#found, key, () => this.#limit(() => this.#read(key)))
  }

  /** Reads the record of the mounts, once. Rejects with `CacheError`. */
  async findMount(name: string): Promise<FoundMount | undefined> {
    const { scope, connect, key } = this.#options
    if (scope === undefined || this.#isDropped) return undefined
    const read = async (): Promise<readonly FoundMount[]> =>
      readMounts(await connect(), { scope, ...(key !== undefined && { key }) })
    try {
      return (await (this.#mounts ??= read())).find((mount) => mount.name === name)
    } catch (error) {
      throw asCacheError(this.name, error)
    }
  }

  drop(): void {
    this.#isDropped = true
  }

  async #read(key: Digest): Promise<CacheHit | undefined> {
    if (this.#isDropped) return undefined
    try {
      const { content, results } = await this.#options.connect()
      const { action } = await stepAction(key, this.#options.key)
      const result = await results.get(action, { inline: [recordPath] })
      const record = result?.outputFiles.find(({ path }) => path === recordPath)
      if (record === undefined) return undefined
      const { fromWire } = await import('@tsbuild/reapi')
      const named = fromWire(record.digest)
      const inline = record.contents.length > 0 && digestOf(record.contents) === named.digest
      const bytes = inline ? record.contents : await content.fetch(named, recordLimit)
      return await this.#hit(key, decodeCache(Buffer.from(bytes).toString('utf8'), this.#options.key))
    } catch (error) {
      throw asCacheError(this.name, error)
    }
  }

  async #hit(key: Digest, document: CacheDocument): Promise<CacheHit | undefined> {
    const record = document.records.find((one) => one.key === key || one.content === key)
    if (record === undefined)
      throw new CacheError('CACHE_INVALID', { cache: this.name, reason: 'a result is that of another step' })
    const { content: source } = await this.#options.connect()
    const snapshot = await this.#snapshots.read({ document, source }, record.snapshot)
    if (snapshot === undefined) return undefined
    return { snapshot, cache: this.name, ...(record.content !== undefined && { content: record.content }) }
  }
}
