import { fetchAll, MemoryContent } from '@tsbuild/content'
import { type Descriptor, mediaTypes, parseImageConfig, parseIndex, parseManifest, type Platform } from '@tsbuild/oci'
import { expect } from 'vitest'
import type { Layer } from '../layer/layer.ts'
import { LayerStore } from '../layer/layer-store.ts'
import { file, layerOf, test } from '../layer/testing/store.ts'
import { readAnnotations } from './annotations.ts'
import { assembleImage } from './assemble.ts'
import type { SolvedTarget } from './target.ts'
import { amd64, arm64, plainForm, solved } from './testing/target.ts'

/** A target whose last instruction, CMD, makes no layer. */
function target(snapshot: readonly Layer[], platform: Platform = amd64): SolvedTarget {
  const { lowered } = solved(snapshot, platform)
  return {
    lowered: {
      ...lowered,
      config: { ...platform, config: { Cmd: ['x'] } },
      history: [...lowered.history, { created_by: 'CMD', empty_layer: true }],
    },
    snapshot,
  }
}

const manifestOf = async (store: LayerStore, descriptor: Descriptor) =>
  parseManifest(await fetchAll(store.blobs, descriptor))

test('one platform is a manifest, with a diff id and a history entry for each layer', async ({ store }) => {
  const snapshot = [layerOf(store, { a: file('1') }), layerOf(store, { b: file('2') })]
  const { root, platforms } = await assembleImage([target(snapshot)], plainForm, store)
  expect([root.mediaType, platforms.length]).toEqual([mediaTypes.ociManifest, 1])
  const manifest = await manifestOf(store, root)
  expect(manifest.layers).toEqual(await Promise.all(snapshot.map((layer) => layer.blob({ type: 'gzip' }))))
  const config = parseImageConfig(await fetchAll(store.blobs, manifest.config))
  expect(config.rootfs.diff_ids).toEqual(await Promise.all(snapshot.map((layer) => layer.diffId())))
  expect(config.created).toBe('2001-09-09T01:46:40Z')
  expect(config.history?.map(({ created, created_by }) => [created, created_by])).toEqual(
    ['step 0', 'step 1', 'CMD'].map((step) => [config.created, step]),
  )
})

test('Docker has its own media types from the index to the layers', async ({ store }) => {
  const targets = [amd64, arm64].map((platform) => target([layerOf(store, { a: file('1') })], platform))
  const { root } = await assembleImage(targets, { ...plainForm, family: 'docker' }, store)
  expect(root.mediaType).toBe(mediaTypes.dockerManifestList)
  const [first] = parseIndex(await fetchAll(store.blobs, root)).manifests
  if (first === undefined) throw new Error('no manifest')
  const { mediaType, config, layers } = await manifestOf(store, first)
  const types = [first.mediaType, mediaType, config.mediaType, layers[0]?.mediaType]
  expect(types).toEqual([
    mediaTypes.dockerManifest,
    mediaTypes.dockerManifest,
    mediaTypes.dockerConfig,
    mediaTypes.dockerLayerGzip,
  ])
})

test('two platforms are an index in their order; annotations go where they belong', async ({ store }) => {
  const targets = [arm64, amd64].map((platform) => target([layerOf(store, { a: file('1') })], platform))
  const annotations = readAnnotations([
    { key: 'm', value: '1' },
    { key: 'arm', value: '1', platform: 'linux/arm64' },
    { key: 'i', value: '1', target: 'index' },
    { key: 'd', value: '1', target: 'manifest-descriptor', platform: 'linux/amd64' },
  ])
  const { root, platforms } = await assembleImage(targets, { ...plainForm, annotations }, store)
  const index = parseIndex(await fetchAll(store.blobs, root))
  expect(index.annotations).toEqual({ i: '1' })
  expect(index.manifests.map(({ platform, annotations: own }) => [platform, own])).toEqual([
    [arm64, undefined],
    [amd64, { d: '1' }],
  ])
  const manifests = await Promise.all(platforms.map(({ manifest }) => manifestOf(store, manifest)))
  expect(manifests.map(({ annotations: own }) => own)).toEqual([{ m: '1', arm: '1' }, { m: '1' }])
})

test('one platform is an index on request; its descriptor has annotations of its own', async ({ store }) => {
  const targets = [target([layerOf(store, { a: file('1') })])]
  const annotations = readAnnotations([
    { key: 'a', value: 'b', target: 'index' },
    { key: 'c', value: 'd', target: 'index-descriptor' },
  ])
  const annotated = { ...plainForm, annotations }
  const { root } = await assembleImage(targets, { ...annotated, alwaysIndex: true }, store)
  expect([root.mediaType, root.annotations]).toEqual([mediaTypes.ociIndex, { c: 'd' }])
})

test('the same targets give the same digest in another store', async ({ store, directory }) => {
  const make = async (one: LayerStore) => {
    const targets = [amd64, arm64].map((platform) => target([layerOf(one, { a: file('1'), b: file('2') })], platform))
    return (await assembleImage(targets, plainForm, one)).root
  }
  expect(await make(await LayerStore.open(`${directory}/other`))).toEqual(await make(store))
})

test('a base layer stays as it was published unless everything is to be compressed anew', async ({
  store,
  directory,
}) => {
  const made = layerOf(store, { a: file('base') })
  const descriptor = await made.blob({ type: 'gzip' })
  const registry = new MemoryContent()
  await registry.put(descriptor, await store.blobs.open(descriptor))
  const other = await LayerStore.open(`${directory}/other`, () => registry)
  const base = other.fromBlob(await made.diffId(), { reference: 'r.example/base:1', descriptor })
  const zstd = { ...plainForm, compression: { type: 'zstd' } } as const
  const kept = await assembleImage([target([base])], zstd, other)
  expect(kept.platforms[0]?.layers).toEqual([descriptor])
  expect(await other.blobs.has(descriptor)).toBe(false)
  expect(await kept.content.has(descriptor)).toBe(true)
  const forced = await assembleImage([target([base])], { ...zstd, forceCompression: true }, other)
  expect(forced.platforms[0]?.layers[0]?.mediaType).toBe(mediaTypes.ociLayerZstd)
})

test('an index has the version of Windows', async ({ store }) => {
  const windows = { os: 'windows', architecture: 'amd64' }
  const version = { 'os.version': '10.0.17763.1', 'os.features': ['win32k'] }
  const { lowered, snapshot } = target([layerOf(store, { a: file('1') })], windows)
  const { root } = await assembleImage(
    [{ lowered: { ...lowered, config: { ...lowered.config, ...version } }, snapshot }],
    plainForm,
    store,
  )
  expect(root.platform).toEqual({ ...windows, ...version })
})
