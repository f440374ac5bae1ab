import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MemoryContent } from '@tsbuild/content'
import { digestOf } from '@tsbuild/oci'
import { expect } from 'vitest'
import { LayerStore } from '../../layer/layer-store.ts'
import { file, layerOf, test } from '../../layer/testing/store.ts'
import { localCache } from './local-cache.ts'

const key = digestOf('key')
const other = digestOf('other key')

async function writeRecord(store: LayerStore, content: string): Promise<void> {
  await mkdir(dirname(store.paths.cacheRecord(key)), { recursive: true })
  await writeFile(store.paths.cacheRecord(key), content)
}

test('stored records are found, also by another process, layers in order', async ({ store, directory }) => {
  const snapshot = [layerOf(store, { a: file('1') }), layerOf(store, { b: file('2') })]
  await localCache(store).put(key, snapshot)
  const found = (await localCache(await LayerStore.open(join(directory, 'store'))).get(key))?.snapshot
  expect(found?.map(({ id }) => id)).toEqual(snapshot.map(({ id }) => id))
  expect([...((await found?.[1]?.diff()) ?? [])].map(([path]) => path)).toEqual(['b'])
  expect(await localCache(store).get(digestOf('other'))).toBeUndefined()
})

test('a layer of a base image is found in the form its image has, though the same files were also made here', async ({
  store,
}) => {
  const made = layerOf(store, { a: file('1') })
  const descriptor = await made.blob({ type: 'zstd' })
  const pulled = store.fromBlob(await made.diffId(), { reference: 'r.example/base:1', descriptor })
  const named = await LayerStore.open(store.paths.root.replace(/\/v\d+$/, ''), () => new MemoryContent())
  await localCache(store).put(key, [
    { ...pulled, origin: { reference: 'r.example/base:1', descriptor, source: new MemoryContent() } },
  ])
  await localCache(store).put(other, [made])
  expect((await localCache(named).get(key))?.snapshot[0]?.origin).toMatchObject({
    reference: 'r.example/base:1',
    descriptor,
  })
  expect((await localCache(named).get(other))?.snapshot[0]?.origin).toBeUndefined()
})

test('no layers at all are a result too', async ({ store }) => {
  await localCache(store).put(key, [])
  expect((await localCache(store).get(key))?.snapshot).toEqual([])
})

test('a record whose blobs are gone is a miss', async ({ store }) => {
  const layer = layerOf(store, { a: file('1') })
  await localCache(store).put(key, [layer])
  await store.blobs.delete((await layer.blob()).digest)
  expect(await localCache(store).get(key)).toBeUndefined()
})

test('a record that is damaged or hostile is a miss', async ({ store }) => {
  const layer = layerOf(store, { a: file('1') })
  const good = { id: layer.id, diffId: await layer.diffId() }
  const climbing = `sha256:../../${'a'.repeat(58)}`
  const bad = ['', '{', 'null', '[]', '{}', '{"layers":{}}', '{"layers":[null]}']
  const layers = [
    { id: good.id },
    { ...good, diffId: climbing },
    { ...good, id: climbing },
    { ...good, diffId: 7 },
    { ...good, diffId: digestOf('unknown') },
    { ...good, origin: 7 },
    { ...good, origin: { reference: 'r.example/base', descriptor: { mediaType: 'a/b', digest: climbing, size: 1 } } },
  ]
  const records = [
    ...bad,
    ...layers.map((one) => JSON.stringify({ layers: [good, one] })),
    JSON.stringify({ layers: [good] }).slice(0, -3),
  ]
  for (const record of records) {
    await writeRecord(store, record)
    expect([record, await localCache(store).get(key)]).toEqual([record, undefined])
  }
  await writeRecord(store, JSON.stringify({ layers: [good] }))
  expect((await localCache(store).get(key))?.snapshot).toHaveLength(1)
})

test('a damaged layer record is a miss', async ({ store }) => {
  const layer = layerOf(store, { a: file('1') })
  await localCache(store).put(key, [layer])
  const path = store.paths.layer(await layer.diffId())
  for (const record of [
    '',
    '{"blobs":[{}]}',
    '{"blobs":[{"mediaType":"a/b","digest":"sha256:../../x","size":1}]}',
    '{"blobs":[]}',
  ]) {
    await writeFile(path, record)
    expect([record, await localCache(store).get(key)]).toEqual([record, undefined])
  }
})

test('a layer that many records name is loaded once', async ({ store }) => {
  const layer = layerOf(store, { a: file('1') })
  const cache = localCache(store)
  await cache.put(key, [layer])
  await cache.put(other, [layer, layerOf(store, { b: file('2') })])
  expect((await cache.get(other))?.snapshot[0]).toBe((await cache.get(key))?.snapshot[0])
})
