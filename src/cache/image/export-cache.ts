import {
  type Bytes,
  type ContentSource,
  type ContentTarget,
  copyGraph,
  MemoryContent,
  oneChunk,
  type Tagger,
} from '@tsbuild/content'
import { type Descriptor, type Digest, digestOf, encodeIndex, encodeManifest, limits, mediaTypes } from '@tsbuild/oci'
import type { Layer } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { withoutLevel } from '../../layer/stored/stored-form.ts'
import { mountTypes } from '../../mounts/mount-manifest.ts'
import { type CachedMount, encodeCache } from '../model/cache-document.ts'
import { recordsType } from './cache-place.ts'
import { type CachedStep, recordTable } from '../model/record-table.ts'

/** Cache mounts of an export, and where the blobs are that the cache lacks. */
export interface ExportedMounts {
  readonly mounts: readonly CachedMount[]
  readonly source: ContentSource
}

export interface CacheExport {
  readonly store: LayerStore
  readonly to: ContentTarget & Tagger
  /** Names of the cache there. */
  readonly tags: readonly string[]
  /** Layers that are transferred at the same time. Default: 4. */
  readonly concurrency?: number
  readonly steps: readonly CachedStep[]
  readonly mounts?: ExportedMounts
  /** Descriptor of a made layer in the wanted compression. */
  blobOf(layer: Layer): Promise<Descriptor>
  /** HMAC key to sign the records with. */
  readonly key?: Uint8Array
  /** An index in place of a manifest. */
  readonly asIndex: boolean
  readonly signal: AbortSignal
  onProgress?(descriptor: Descriptor, done: number): unknown
}

/**
 * Writes a cache: the layers that are missing there, then records and manifest, then the tag.
 * Resolves with the number of steps.
 */
export async function exportCache(request: CacheExport): Promise<number> {
  const { store, to, tags, concurrency, steps, blobOf, key, signal, onProgress } = request
  const made = new Map<Digest, Layer>()
  const table = await recordTable(steps, async (layer) => {
    const blob = await blobOf(layer)
    made.set(blob.digest, layer)
    return blob
  })
  const { mounts = [], source } = request.mounts ?? {}
  const document = mounts.length === 0 ? table : { ...table, mounts }
  const documents = new MemoryContent()
  const records = await put(documents, recordsType, Buffer.from(encodeCache(document, key)))
  const layers = [
    ...document.layers.flatMap(({ blob }) => (blob === undefined ? [] : [withoutLevel(blob)])),
    ...mounts.flatMap(({ manifest, packs }) => [manifest, ...packs]),
  ]
  const asIndex = request.asIndex || layers.length > limits.layers
  const root = asIndex
    ? await put(documents, mediaTypes.ociIndex, indexOf(records, layers))
    : await put(documents, mediaTypes.ociManifest, manifestOf(records, layers))
  const from = withDocuments(layerContent(store, made), { documents, ...(source && { mounts: source }) })
  await copyGraph(root, {
    from,
    to: adopting(to, made),
    signal,
    ...(concurrency !== undefined && { concurrency }),
    ...(onProgress && { onProgress }),
  })
  for (const tag of tags) await to.tag(root, tag)
  return steps.length
}

function manifestOf(config: Descriptor, layers: readonly Descriptor[]): Uint8Array {
  return encodeManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers })
}

function indexOf(config: Descriptor, layers: readonly Descriptor[]): Uint8Array {
  return encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...layers, config] })
}

async function put(documents: MemoryContent, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
  await documents.put(descriptor, oneChunk(bytes))
  return descriptor
}

/** Layers as content: those of other caches come into the store first. */
export function layerContent(store: LayerStore, made: ReadonlyMap<Digest, Layer>): ContentSource {
  return {
    has: async (target) => made.has(target.digest),
    open: async (target, signal): Promise<Bytes> => {
      if (!(await store.blobs.has(target))) await made.get(target.digest)?.blob()
      return store.blobs.open(target, signal)
    },
  }
}

/** Layers, documents from memory, and parts of mounts. */
function withDocuments(
  layers: ContentSource,
  { documents, mounts }: { readonly documents: MemoryContent; readonly mounts?: ContentSource },
): ContentSource {
  return {
    has: async (target) => (await layers.has(target)) || documents.has(target),
    open: async (target, signal) => {
      if (await layers.has(target)) return layers.open(target, signal)
      return (isPartOfMount(target) && mounts ? mounts : documents).open(target, signal)
    },
  }
}

function isPartOfMount({ mediaType }: Descriptor): boolean {
  return mediaType === mountTypes.manifest || mediaType === mountTypes.pack
}

/** A target that takes layers over from another cache where it can. */
function adopting(to: ContentTarget, made: ReadonlyMap<Digest, Layer>): ContentTarget {
  return {
    has: (target) => to.has(target),
    open: (target, signal) => to.open(target, signal),
    put: (expected, content, signal) => to.put(expected, content, signal),
    adopt: async (expected, from) => {
      const carried = made.get(expected.digest)?.carried
      return (await to.adopt?.(expected, carried?.source ?? from)) ?? false
    },
  }
}
