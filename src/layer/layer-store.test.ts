import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { type ContentSource, MemoryContent, readAll } from '@tsbuild/content'
import { digestOf, mediaTypes } from '@tsbuild/oci'
import { type Change, contentOf, type Diff } from '@tsbuild/tree'
import { LayerStore } from './layer-store.ts'

const roots: string[] = []
afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true })
})

async function openStore(source?: ContentSource): Promise<LayerStore> {
  const root = await mkdtemp(join(tmpdir(), 'tsbuild-layers-'))
  roots.push(root)
  return LayerStore.open(root, () => source)
}

const meta = { uid: 0, gid: 0, mtime: 7 }
const directory: Change = { type: 'set', entry: { type: 'directory', mode: 0o755, ...meta } }
const file = (text: string, mtime = 7): Change => ({
  type: 'set',
  entry: { type: 'file', mode: 0o644, ...meta, mtime, content: contentOf(Buffer.from(text)) },
})
const sample = (): Diff =>
  new Map([
    ['a', directory],
    ['a/x', file('ex')],
    ['gone', { type: 'remove' }],
  ])

async function textOf(change: Change | undefined): Promise<string> {
  if (change?.type !== 'set' || change.entry.type !== 'file') throw new Error('not a file')
  return Buffer.from(await readAll(change.entry.content.open(), 1000)).toString()
}

test('a layer of a diff has one identity, one diffId, and a blob for each compression', async () => {
  const store = await openStore()
  const layer = store.fromDiff(sample(), { type: 'gzip' })
  const gzip = await layer.blob({ type: 'gzip' })
  const plain = await layer.blob({ type: 'none' })
  expect(gzip.mediaType).toBe(mediaTypes.ociLayerGzip)
  expect(plain.digest).toBe(await layer.diffId())
  expect(digestOf(gunzipSync(await readFile(store.blobs.pathOf(gzip.digest))))).toBe(await layer.diffId())
})

test('a stored layer is loaded with its files, and its identity does not see times', async () => {
  const store = await openStore()
  const layer = store.fromDiff(sample(), { type: 'gzip' })
  const later = store.fromDiff(new Map([...sample(), ['a/x', file('ex', 99)]]), { type: 'gzip' })
  expect(later.id).toBe(layer.id)
  expect(await later.diffId()).not.toBe(await layer.diffId())
  const loaded = await store.load(layer.id, await layer.diffId())
  const diff = await loaded?.diff()
  expect([...(diff?.keys() ?? [])].sort()).toEqual(['a', 'a/x', 'gone'])
  expect(await textOf(diff?.get('a/x'))).toBe('ex')
})

test('a signal ends the writing of a layer in the middle of a file', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tsbuild-layers-'))
  roots.push(root)
  const controller = new AbortController()
  const store = await LayerStore.open(root, undefined, { signal: controller.signal })
  const size = 2 ** 40
  const content = {
    ...contentOf(Buffer.from('')),
    size,
    open: async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      const chunk = Buffer.alloc(1 << 16)
      for (let at = 0; at < size; at += chunk.length) {
        if (at === 1 << 22) controller.abort(new Error('enough'))
        yield chunk
      }
    },
  }
  const large: Change = { type: 'set', entry: { type: 'file', mode: 0o644, ...meta, content } }
  const layer = store.fromDiff(new Map([['large', large]]), { type: 'none' })
  await expect(layer.blob()).rejects.toThrow('enough')
})

test('a layer whose blobs are gone is not loaded', async () => {
  const store = await openStore()
  const layer = store.fromDiff(sample(), { type: 'gzip' })
  const { digest } = await layer.blob()
  await store.blobs.delete(digest)
  expect(await store.load(layer.id, await layer.diffId())).toBeUndefined()
})

test('a pulled layer is fetched when its files are read, verified and indexed', async () => {
  const made = await openStore()
  const layer = made.fromDiff(sample(), { type: 'gzip' })
  const descriptor = await layer.blob({ type: 'gzip' })
  const registry = new MemoryContent()
  await registry.put(descriptor, await made.blobs.open(descriptor))
  const store = await openStore(registry)
  const pulled = store.fromBlob(await layer.diffId(), { reference: 'registry.example/app:1', descriptor })
  expect(await store.blobs.has(descriptor)).toBe(false)
  expect(await textOf((await pulled.diff()).get('a/x'))).toBe('ex')
  expect(await store.blobs.has(descriptor)).toBe(true)
})

test('a pulled layer that is not what its image config says is refused', async () => {
  const made = await openStore()
  const descriptor = await made.fromDiff(sample(), { type: 'gzip' }).blob({ type: 'gzip' })
  const store = await openStore(made.blobs)
  const pulled = store.fromBlob(digestOf('something else'), { reference: 'registry.example/app:1', descriptor })
  await expect(pulled.diff()).rejects.toMatchObject({ code: 'LAYER_CORRUPT' })
})

test('a store of a newer format is refused', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tsbuild-layers-'))
  roots.push(root)
  await mkdir(join(root, 'v99'))
  await expect(LayerStore.open(root)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' })
})

test('a damaged file in a stored layer is an error', async () => {
  const store = await openStore()
  const layer = store.fromDiff(sample(), { type: 'none' })
  const diffId = await layer.diffId()
  const path = store.blobs.pathOf(diffId)
  const bytes = await readFile(path)
  bytes[bytes.indexOf('ex', 1024)] = 0
  await rm(path)
  await writeFile(path, bytes)
  const loaded = await store.load(layer.id, diffId)
  await expect(textOf((await loaded?.diff())?.get('a/x'))).rejects.toMatchObject({ code: 'LAYER_CORRUPT' })
})
