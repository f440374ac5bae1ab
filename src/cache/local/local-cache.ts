import { readFile } from 'node:fs/promises'
import { type Digest, parseDigest } from '@tsbuild/oci'
import pLimit from 'p-limit'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import { type LayerOrigin, parseOrigin } from '../../layer/stored/layer-record.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteFileUse } from '../../layer/disk/note-use.ts'
import { syncName, writeFileAtomic } from '../../layer/disk/write-file.ts'
import type { Reporter } from '../../progress/event.ts'
import type { CacheStore } from '../../solve/cache-store.ts'
import { once } from '../../solve/once.ts'

/**
 * Records that are read or written at the same time: a process may open a thousand files or fewer.
 */
const openFiles = 64

/**
 * The cache of this machine: a small file for each key, naming layers that are in the store. A
 * record that cannot be written costs the next build time and nothing else: the first one is a
 * warning.
 */
export function localCache(store: LayerStore, report: Reporter = () => {}): CacheStore {
  let isWarned = false
  const warn = (error: unknown): void => {
    if (!isWarned)
      report({
        type: 'warning',
        code: 'CacheNotWritten',
        message: `the next build will repeat steps: ${readText(error)}`,
      })
    isWarned = true
  }
  // Each step of a stage names all layers below it: without this, their number is the square of
  // that of the steps.
  const loaded = new Map<string, Promise<Layer | undefined>>()
  const limit = pLimit(openFiles)
  const load = async ({ id, diffId, origin }: LayerName): Promise<Layer | undefined> => {
    const name = JSON.stringify([id, diffId, origin])
    const layer = await once(loaded, name, () => limit(() => store.load(id, diffId, origin)))
    // It may be made, or fetched, later.
    if (layer === undefined) loaded.delete(name)
    return layer
  }
  return {
    async get(key) {
      const path = store.paths.cacheRecord(key)
      const record = await limit(() => readFile(path, 'utf8').then(decodeRecord, () => undefined))
      if (record === undefined) return undefined
      await noteFileUse(path)
      const { layers, ...rest } = record
      const snapshot = await Promise.all(layers.map(load))
      return snapshot.every((layer) => layer !== undefined) ? { snapshot, ...rest } : undefined
    },
    async put(key, snapshot, content) {
      await limit(async () => {
        const record = await encode(store, snapshot, content)
        await writeFileAtomic(store.paths.cacheRecord(key), record, store.paths).catch(warn)
      })
    },
  }
}

function readText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

interface LayerName {
  readonly id: Digest
  readonly diffId: Digest
  /**
   * For a layer of a base image: a build that finds it here must write the same image as one that
   * pulls it.
   */
  readonly origin?: LayerOrigin
}

/** A record of the store: the result of a step. */
export interface LocalRecord {
  readonly layers: readonly LayerName[]
  /** Of a definition key: the content key that its result was made under. */
  readonly content?: Digest
}

const named = new WeakMap<Layer, Promise<string>>()

async function encode(store: LayerStore, snapshot: Snapshot, content: Digest | undefined): Promise<string> {
  const names = await Promise.all(snapshot.map((layer) => named.get(layer) ?? remember(store, layer)))
  return `{"layers":[${names.join(',')}]${content === undefined ? '' : `,"content":"${content}"`}}`
}

/** A layer is in the records of all steps above it: its name is encoded once. */
function remember(store: LayerStore, layer: Layer): Promise<string> {
  const name = nameLayer(store, layer).then((known) => JSON.stringify(known))
  named.set(layer, name)
  return name
}

async function nameLayer({ paths }: LayerStore, layer: Layer): Promise<LayerName> {
  const { id, origin } = layer
  const name = { id, diffId: await layer.diffId() }
  if (origin === undefined) {
    // No cache record outlives the records of its layers.
    await syncName(paths.layer(name.diffId))
    return name
  }
  const { source: _, ...place } = origin
  return { ...name, origin: place }
}

/** A record that is damaged is as good as none. */
export function decodeRecord(text: string): LocalRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('layers' in value) || !Array.isArray(value.layers))
      return undefined
    return {
      layers: value.layers.map(decodeLayer),
      ...('content' in value && { content: parseDigest(String(value.content)) }),
    }
  } catch {
    return undefined
  }
}

function decodeLayer(value: unknown): LayerName {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('diffId' in value))
    throw new TypeError('not a layer')
  return {
    id: parseDigest(String(value.id)),
    diffId: parseDigest(String(value.diffId)),
    ...('origin' in value && { origin: parseOrigin(value.origin) }),
  }
}
