import { readFile } from 'node:fs/promises'
import { type Digest, isDigest } from '@tsbuild/oci'
import type { Layer, Snapshot } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { writeFileAtomic } from '../layer/write-file.ts'
import type { CacheStore } from '../solve/cache-store.ts'

/** The cache of this machine: a small file for each key, naming layers that are in the store. */
export function localCache(store: LayerStore): CacheStore {
  return {
    async get(key) {
      const record = await readFile(store.paths.cacheRecord(key), 'utf8').then(decode, () => undefined)
      const layers = record && (await Promise.all(record.map(({ id, diffId }) => store.load(id, diffId))))
      return layers?.every((layer) => layer !== undefined) ? layers : undefined
    },
    async put(key, snapshot) {
      await writeFileAtomic(store.paths.cacheRecord(key), await encode(snapshot), store.paths.temporary)
    },
  }
}

interface LayerName {
  readonly id: Digest
  readonly diffId: Digest
}

async function encode(snapshot: Snapshot): Promise<string> {
  const layers = await Promise.all(
    snapshot.map(async (layer: Layer): Promise<LayerName> => ({ id: layer.id, diffId: await layer.diffId() })),
  )
  return JSON.stringify({ layers })
}

/** A record that is damaged is as good as none. */
function decode(text: string): readonly LayerName[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('layers' in value) || !Array.isArray(value.layers)) return undefined
    return value.layers.every(isLayerName) ? value.layers : undefined
  } catch {
    return undefined
  }
}

function isLayerName(value: unknown): value is LayerName {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('diffId' in value)) return false
  return typeof value.id === 'string' && isDigest(value.id) && typeof value.diffId === 'string' && isDigest(value.diffId)
}
