import type { Compression, ContentTarget, Flight, SingleFlight } from '@tsbuild/content'
import { type Descriptor, type Digest, hexOf } from '@tsbuild/oci'
import type { Layer } from '../../layer/layer.ts'
import { withoutLevel } from '../../layer/stored/stored-form.ts'
import type { CacheHit } from '../../solve/cache-store.ts'
import { once } from '../../solve/once.ts'
import type { ClaimWait, StepClaim, StepClaims, StepResult } from '../../solve/step-claims.ts'
import { decodeCache, encodeCache } from '../model/cache-document.ts'
import { asCacheError, CacheError } from '../model/cache-error.ts'
import { DocumentSnapshots, type DocumentSnapshotsOptions } from '../model/document-snapshots.ts'
import { layerContent } from '../image/export-cache.ts'
import { recordTable } from '../model/record-table.ts'

/** A cache in which machines tell each other which steps they do, and what came of them. */
export interface SharedPlace {
  readonly flights: SingleFlight
  readonly content: ContentTarget
}

export interface SharedStepsOptions extends DocumentSnapshotsOptions {
  open(): Promise<SharedPlace>
  /** HMAC key that records are signed with. */
  readonly key?: Uint8Array
  /** Descriptor of a layer in the cache; `needed` is the form that this build needs it in. */
  blobOf(layer: Layer, needed: Compression): Promise<Descriptor>
  /** False for a layer that must stay on this machine. Other machines then do the step as well. */
  mayLeave(layer: Layer): Promise<boolean>
  readonly signal: AbortSignal
  /** Takes the error that ends the sharing; rejects where a build must not go on. */
  onTrouble(error: CacheError): Promise<void>
}

/** Milliseconds that storing a result may take, besides the time that the step took. */
const exportTime = 10_000

/**
 * Lets builds of several machines do a step once: a claim for each step lies in a cache that they
 * share, and the result comes to its place as the step ends. Advisory: with the first trouble this
 * build goes on alone.
 */
export class SharedSteps implements StepClaims {
  readonly name: string
  readonly #options: SharedStepsOptions
  readonly #snapshots: DocumentSnapshots
  readonly #found = new Map<Digest, CacheHit>()
  readonly #uploads = new Map<Digest, Promise<void>>()
  #place: Promise<SharedPlace> | undefined
  #isAlone = false
  #isDropped = false

  constructor(options: SharedStepsOptions) {
    this.name = options.name
    this.#options = options
    this.#snapshots = new DocumentSnapshots(options)
  }

  /** A result that `take` has found. */
  get(key: Digest): CacheHit | undefined {
    return this.#found.get(key)
  }

  get isDropped(): boolean {
    return this.#isDropped
  }

  /** From now on it has no results, and this build goes on alone. */
  drop(): void {
    this.#isDropped = true
    this.#isAlone = true
    this.#found.clear()
  }

  async take(key: Digest, { signal, onWait }: ClaimWait): Promise<StepClaim | undefined> {
    if (this.#isAlone) return undefined
    try {
      const { flights, content } = await this.#open()
      const isUsable = async (bytes: Uint8Array): Promise<boolean> => {
        const hit = await this.#read(key, bytes, content)
        if (hit !== undefined) this.#found.set(key, hit)
        return hit !== undefined
      }
      const joined = await flights.join(hexOf(key), { signal, onWait, isUsable })
      if (joined === undefined || joined instanceof Uint8Array) return undefined
      const started = performance.now()
      return { release: (outcome) => this.#release(joined, key, { outcome, started }) }
    } catch (error) {
      signal.throwIfAborted()
      await this.#giveUp(error)
      return undefined
    }
  }

  async #release(
    flight: Flight,
    key: Digest,
    { outcome, started }: { readonly outcome: StepResult | 'failed' | undefined; readonly started: number },
  ): Promise<void> {
    if (outcome === undefined || outcome === 'failed') return flight.release(outcome)
    // Those who wait would have done the step themselves by then.
    const patience = exportTime + (performance.now() - started)
    const late = new AbortController()
    const error = new CacheError('CACHE_UNAVAILABLE', {
      cache: this.name,
      reason: `storing a step took more than ${Math.round(patience / 1000)} s`,
    })
    const timer = setTimeout(() => late.abort(error), patience)
    try {
      const mayLeave = await Promise.all(outcome.snapshot.map((layer) => this.#options.mayLeave(layer)))
      if (mayLeave.includes(false)) return await flight.release('failed')
      const record = await this.#export(key, outcome, AbortSignal.any([this.#options.signal, late.signal]))
      await flight.release(record)
    } catch (cause) {
      await flight.release('failed')
      if (!this.#options.signal.aborted) await this.#giveUp(late.signal.aborted ? error : cause)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Stores the layers of a step. Resolves with its record. */
  async #export(key: Digest, { snapshot, compression }: StepResult, signal: AbortSignal): Promise<Uint8Array> {
    const { store, key: seal, blobOf } = this.#options
    const { content } = await this.#open()
    const made = new Map<Digest, Layer>()
    const document = await recordTable([{ key, snapshot }], async (layer) => {
      const blob = withoutLevel(await blobOf(layer, compression))
      made.set(blob.digest, layer)
      return blob
    })
    const layers = layerContent(store, made)
    const upload = async (blob: Descriptor): Promise<void> => {
      if (!(await content.has(blob))) await content.put(blob, await layers.open(blob, signal), signal)
    }
    // Steps of a stage have layers in common.
    await Promise.all(
      document.layers.flatMap(({ blob }) =>
        blob === undefined ? [] : [once(this.#uploads, blob.digest, () => upload(blob))],
      ),
    )
    return Buffer.from(encodeCache(document, seal))
  }

  /** The result in a record; undefined where it is damaged, or a layer of it is missing. */
  async #read(key: Digest, bytes: Uint8Array, source: ContentTarget): Promise<CacheHit | undefined> {
    const document = decodeOrNone(bytes, this.#options.key)
    const record = document?.records.find((one) => one.key === key)
    if (document === undefined || record === undefined) return undefined
    const snapshot = await this.#snapshots.read({ document, source }, record.snapshot)
    const carried = (snapshot ?? []).flatMap((layer) => (layer.carried === undefined ? [] : [layer.carried.descriptor]))
    const present = await Promise.all(carried.map((blob) => source.has(blob)))
    return snapshot !== undefined && present.every(Boolean) ? { snapshot, cache: this.name } : undefined
  }

  #open(): Promise<SharedPlace> {
    return (this.#place ??= this.#options.open())
  }

  /** Several steps may fail together: the first error counts. */
  async #giveUp(error: unknown): Promise<void> {
    if (this.#isAlone) return
    this.#isAlone = true
    await this.#options.onTrouble(asCacheError(this.name, error))
  }
}

function decodeOrNone(bytes: Uint8Array, key: Uint8Array | undefined): ReturnType<typeof decodeCache> | undefined {
  try {
    return decodeCache(Buffer.from(bytes).toString('utf8'), key)
  } catch {
    return undefined
  }
}
