import { setTimeout as sleep } from 'node:timers/promises'
import { MemoryContent } from '@tsbuild/content'
import { digestOf, type Digest } from '@tsbuild/oci'
import { expect } from 'vitest'
import type { Layer } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { file, layerOf, test } from '../layer/testing/store.ts'
import type { BuildEvent } from '../progress/event.ts'
import type { CacheError } from './model/cache-error.ts'
import type { CachePlace } from './image/cache-place.ts'
import { exportCache } from './image/export-cache.ts'
import { ImportedCache } from './image/imported-cache.ts'
import { layeredCache } from './layered-cache.ts'
import { localCache } from './local/local-cache.ts'

const [key, content, other] = [digestOf('key'), digestOf('content'), digestOf('other')] as const

/** A cache with one step whose snapshot is `layers`. */
async function written(store: LayerStore, layers: readonly Layer[]): Promise<CachePlace> {
  const to = new MemoryContent()
  await exportCache({
    store,
    to,
    tags: ['latest'],
    steps: [{ key, content, snapshot: layers }],
    blobOf: (layer) => layer.blob({ type: 'gzip' }),
    asIndex: false,
    signal: new AbortController().signal,
  })
  return { source: to, root: await to.resolve('latest') }
}

function imported(
  store: LayerStore,
  find: () => Promise<CachePlace | undefined>,
  baseLayer: (diffId: Digest) => Promise<Layer | undefined> = async () => undefined,
): ImportedCache {
  const findAll = async (): Promise<readonly CachePlace[]> => (await find().then((place) => place && [place])) ?? []
  return new ImportedCache({ name: 'elsewhere', store, find: findAll, baseLayer })
}

test('a step is found under both of its keys, and under no other; its bytes come when they are needed', async ({
  store,
  directory,
}) => {
  const place = await written(store, [layerOf(store, { a: file('1') })])
  const opened: string[] = []
  const source = {
    has: (target: Parameters<MemoryContent['has']>[0]) => place.source.has(target),
    open: (target: Parameters<MemoryContent['open']>[0]) => {
      opened.push(target.mediaType)
      return place.source.open(target)
    },
  }
  const { LayerStore: Store } = await import('../layer/layer-store.ts')
  const fresh = await Store.open(`${directory}/fresh`)
  const events: BuildEvent[] = []
  const cache = layeredCache({
    local: localCache(fresh),
    imported: [imported(fresh, async () => ({ ...place, source }))],
    report: (event) => events.push(event),
    onTrouble: (error) => Promise.reject(error),
  })
  expect(await cache.get(other)).toBeUndefined()
  const hit = await cache.get(key)
  expect(hit).toMatchObject({ cache: 'elsewhere', content })
  expect((await cache.get(content))?.snapshot).toEqual(hit?.snapshot)
  expect(opened.filter((type) => type.includes('layer'))).toEqual([])
  expect([...((await hit?.snapshot[0]?.diff()) ?? [])].map(([path]) => path)).toEqual(['a'])
  expect(opened.filter((type) => type.includes('layer'))).toHaveLength(1)
  // Once its bytes are here, the store has the step by itself.
  await cache.put(key, hit?.snapshot ?? [], content)
  expect(await localCache(fresh).get(key)).toMatchObject({ content })
  expect(events.filter(({ type }) => type === 'vertex-started')).toHaveLength(1)
})

test('a layer of a base image comes from the base image of the build, or the step is not found', async ({ store }) => {
  const made = layerOf(store, { a: file('1') })
  const descriptor = await made.blob()
  const base = {
    ...store.fromBlob(await made.diffId(), { reference: 'r.example/base', descriptor }),
    origin: { reference: 'r.example/base', descriptor, source: new MemoryContent() },
  }
  const place = await written(store, [base, layerOf(store, { b: file('2') })])
  expect(await imported(store, async () => place).get(key)).toBeUndefined()
  const known = imported(
    store,
    async () => place,
    async () => base,
  )
  expect((await known.get(key))?.snapshot[0]).toBe(base)
})

test('records are read together, and a cache that fails is reported once and not asked again', async ({ store }) => {
  const place = await written(store, [layerOf(store, { a: file('1') })])
  const asked: string[] = []
  const troubles: CacheError[] = []
  const slow = imported(store, async () => {
    asked.push('slow')
    await sleep(30)
    asked.push('slow answers')
    return place
  })
  const broken = imported(store, () => {
    asked.push('broken')
    return Promise.reject(new Error('down'))
  })
  const cache = layeredCache({
    local: localCache(store),
    imported: [broken, slow],
    report: () => {},
    onTrouble: async (error) => void troubles.push(error),
  })
  const found = await Promise.all([cache.get(key), cache.get(other), cache.get(content)])
  expect(found.map((hit) => hit?.cache)).toEqual(['elsewhere', undefined, 'elsewhere'])
  expect(asked).toEqual(['broken', 'slow', 'slow answers'])
  expect(troubles.map(({ message }) => message)).toEqual(['cache elsewhere: down'])
})
