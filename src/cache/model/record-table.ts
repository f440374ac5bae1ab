import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import { once } from '../../solve/once.ts'
import type { CacheDocument, CachedLayer, CacheRecord } from './cache-document.ts'

/** A step and its result. */
export interface CachedStep {
  /** Definition key. */
  readonly key: Digest
  /** Content key. */
  readonly content?: Digest
  readonly snapshot: Snapshot
}

/**
 * The document about these steps. `blobOf` gives the descriptor that a made layer has in the cache,
 * undefined for an inline cache; layers of base images are only named.
 */
export async function recordTable(
  steps: readonly CachedStep[],
  blobOf: (layer: Layer) => Promise<Descriptor | undefined>,
): Promise<CacheDocument> {
  const layers = new Numbered<CachedLayer>(({ diffId, base }) => `${base} ${diffId}`)
  const snapshots = new Numbered<readonly [number, number]>(String)
  const described = new Map<Layer, Promise<CachedLayer>>()
  const known = await Promise.all(
    steps.map(async (step) => ({
      ...step,
      layers: await Promise.all(step.snapshot.map((layer) => once(described, layer, () => describe(layer, blobOf)))),
    })),
  )
  const records = known.map(
    ({ key, content, layers: stack }): CacheRecord => ({
      key,
      ...(content !== undefined && { content }),
      snapshot: stack.reduce((below, layer) => snapshots.indexOf([below, layers.indexOf(layer)]), -1),
    }),
  )
  return { layers: layers.values, snapshots: snapshots.values, records }
}

async function describe(layer: Layer, blobOf: (layer: Layer) => Promise<Descriptor | undefined>): Promise<CachedLayer> {
  const { id, origin } = layer
  const diffId = await layer.diffId()
  if (origin !== undefined) return { id, diffId, base: true }
  const [created, blob] = await Promise.all([layer.created(), blobOf(layer)])
  return { id, diffId, ...(created !== undefined && { created }), ...(blob !== undefined && { blob }) }
}

/** Values by their first place. */
class Numbered<T> {
  readonly values: T[] = []
  readonly #places = new Map<string, number>()
  readonly #nameOf: (value: T) => string

  constructor(nameOf: (value: T) => string) {
    this.#nameOf = nameOf
  }

  indexOf(value: T): number {
    const name = this.#nameOf(value)
    const place = this.#places.get(name) ?? this.values.push(value) - 1
    this.#places.set(name, place)
    return place
  }
}
