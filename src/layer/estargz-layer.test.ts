import { digestOf } from '@tsbuild/oci'
import { decompress, readAll } from '@tsbuild/content'
import { expect } from 'vitest'
import { estargzLayer } from './estargz-layer.ts'
import { file, layerOf, test } from './testing/store.ts'

test('the same files under another diff id, made once for each level', async ({ store }) => {
  const layer = layerOf(store, { f: file('content') })
  const parted = await estargzLayer(store, layer)
  const blob = await parted.blob()
  expect(blob.annotations).toMatchObject({
    'containerd.io/snapshot/stargz/toc.digest': expect.stringMatching(/^sha256:/),
  })
  expect(Object.keys(blob.annotations ?? {})).not.toContain('tsbuild.level')
  expect(await parted.diffId()).not.toBe(await layer.diffId())
  expect(digestOf(await readAll(decompress(await store.blobs.open(blob), 'gzip'), 1e6))).toBe(await parted.diffId())
  expect([...(await parted.diff()).keys()]).toEqual(['f'])
  expect(await parted.created()).toBe(await layer.created())

  expect(await (await estargzLayer(store, layer)).blob()).toEqual(blob)
  expect((await (await estargzLayer(store, layer, 9)).blob()).digest).not.toBe(blob.digest)
})

test('what was removed from the store is made again', async ({ store }) => {
  const layer = layerOf(store, { f: file('content') })
  const { digest } = await (await estargzLayer(store, layer)).blob()
  await store.blobs.delete(digest)
  expect((await (await estargzLayer(store, layer)).blob()).digest).toBe(digest)
})

test('a layer of a base that is eStargz already stays as it is', async ({ store }) => {
  const made = await (await estargzLayer(store, layerOf(store, { f: file('content') }))).blob()
  const origin = { reference: 'r.example/base:1', descriptor: made }
  const layer = { ...store.fromBlob(digestOf('x'), origin), origin: { ...origin, source: store.blobs } }
  expect(await estargzLayer(store, layer)).toBe(layer)
})
