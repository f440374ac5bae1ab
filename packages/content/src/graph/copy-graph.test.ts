import { type Descriptor, encodeIndex, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { beforeEach, expect, test } from 'vitest'
import { copyGraph } from './copy-graph.ts'
import { ContentError } from '../storage/errors.ts'
import { MemoryContent } from '../storage/memory-content.ts'
import type { Bytes, ContentSource, ContentTarget } from '../storage/storage.ts'
import { describeBytes, streamOf } from '../testing/index.ts'

let from: MemoryContent
let shared: Descriptor
let images: readonly Descriptor[]
let root: Descriptor

async function put(bytes: Uint8Array, mediaType: string): Promise<Descriptor> {
  await from.put(describeBytes(bytes, mediaType), streamOf(bytes))
  return describeBytes(bytes, mediaType)
}

async function putImage(name: string): Promise<Descriptor> {
  const config = await put(Buffer.from(`config ${name}`), mediaTypes.ociConfig)
  const layers = [shared, await put(Buffer.from(`layer ${name}`), mediaTypes.ociLayer)]
  return put(
    encodeManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
    mediaTypes.ociManifest,
  )
}

/** Two images that share a layer, under one index: eight contents. */
beforeEach(async () => {
  from = new MemoryContent()
  shared = await put(Buffer.from('shared layer'), mediaTypes.ociLayer)
  images = [await putImage('a'), await putImage('b')]
  root = await put(
    encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: images }),
    mediaTypes.ociIndex,
  )
})

/** Notes what is put, in the order of completion, and how many puts are under way at once. */
class Recorder implements ContentTarget {
  readonly memory = new MemoryContent()
  readonly puts: string[] = []
  running = 0
  most = 0

  has(target: Descriptor): Promise<boolean> {
    return this.memory.has(target)
  }

  open(target: Descriptor): Promise<Bytes> {
    return this.memory.open(target)
  }

  async put(expected: Descriptor, content: Bytes): Promise<void> {
    this.most = Math.max(this.most, ++this.running)
    await this.memory.put(expected, content)
    this.running--
    this.puts.push(expected.digest)
  }
}

test('copies everything once, children before parents, within the limit', async () => {
  const to = new Recorder()
  await copyGraph(root, { from, to, concurrency: 2 })
  expect(to.puts).toHaveLength(8)
  expect(new Set(to.puts).size).toBe(8)
  expect(to.puts.at(-1)).toBe(root.digest)
  for (const image of images) expect(to.puts.indexOf(image.digest)).toBeGreaterThan(to.puts.indexOf(shared.digest))
  expect(to.most).toBeLessThanOrEqual(2)
})

test('moves only what is missing, also below an existing manifest', async () => {
  const to = new Recorder()
  await copyGraph(root, { from, to })
  const again = new Recorder()
  await copyGraph(images[0] ?? root, { from, to: again })
  again.puts.length = 0
  await copyGraph(root, { from, to: again })
  expect(again.puts).toHaveLength(4)

  const partial = new Recorder()
  await partial.memory.put(root, await from.open(root))
  await copyGraph(root, { from, to: partial })
  expect(partial.puts).toHaveLength(7)
})

test('trusts an existing manifest on request', async () => {
  const to = new Recorder()
  await to.memory.put(root, await from.open(root))
  await copyGraph(root, { from, to, trustPresent: true })
  expect(to.puts).toEqual([])
})

test('adopts what the target can take over', async () => {
  const to = new Recorder()
  const adopted: string[] = []
  const adopt = async ({ digest }: Descriptor): Promise<boolean> => digest === shared.digest && adopted.push(digest) > 0
  await copyGraph(root, { from, to: Object.assign(to, { adopt }) })
  expect(adopted).toEqual([shared.digest])
  expect(to.puts).toHaveLength(7)
})

test('progress ends at the size of every content', async () => {
  const done = new Map<string, number>()
  await copyGraph(root, { from, to: new MemoryContent(), onProgress: ({ digest }, bytes) => done.set(digest, bytes) })
  expect(done.size).toBe(8)
  expect(done.get(shared.digest)).toBe(shared.size)
  expect(done.get(root.digest)).toBe(root.size)
})

test('says which side failed, with the code of the cause, and stops everything else first', async () => {
  const broken: ContentSource = {
    has: (target) => from.has(target),
    open: async (target) =>
      target.digest === shared.digest ? streamOf(Buffer.from('Shared layer')) : from.open(target),
  }
  const to = new Recorder()
  const copying = copyGraph(root, { from: broken, to, concurrency: 1 })
  await expect(copying).rejects.toMatchObject({
    name: 'CopyError',
    code: 'DIGEST_MISMATCH',
    message: expect.stringContaining(shared.digest),
  })
  const before = to.puts.length
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(to.puts.length).toBe(before)
  expect(to.puts).not.toContain(root.digest)

  const missing = copyGraph({ ...root, digest: shared.digest }, { from: new MemoryContent(), to: new MemoryContent() })
  await expect(missing).rejects.toMatchObject({ side: 'source', code: 'NOT_FOUND' })

  const full = Object.assign(new Recorder(), {
    put: () => Promise.reject(new ContentError('NO_SPACE', 'full', { hint: 'free some' })),
  })
  await expect(copyGraph(root, { from, to: full })).rejects.toMatchObject({
    side: 'target',
    code: 'NO_SPACE',
    hint: 'free some',
  })
})

test('a source that breaks off while the target reads is the source’s failure', async () => {
  const breaking: ContentSource = {
    has: (target) => from.has(target),
    open: async () => {
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    },
  }
  await expect(copyGraph(shared, { from: breaking, to: new MemoryContent() })).rejects.toMatchObject({
    side: 'source',
    code: 'NETWORK_ERROR',
    category: 'network',
  })
})

test('the signal ends it with its reason', async () => {
  const controller = new AbortController()
  const to = new Recorder()
  const stop = async (): Promise<boolean> => {
    controller.abort(new Error('enough'))
    return false
  }
  await expect(
    copyGraph(root, { from, to: Object.assign(to, { has: stop }), signal: controller.signal }),
  ).rejects.toThrow('enough')
  expect(to.puts.length).toBeLessThan(8)
})

test('the signal also ends the wait for a document', async () => {
  const silent: ContentSource = {
    has: (target) => from.has(target),
    open: (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped')))),
  }
  const signal = AbortSignal.timeout(20)
  await expect(copyGraph(root, { from: silent, to: new MemoryContent(), signal })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})

test('a chain without end is refused', async () => {
  for (let depth = 0; depth < 20; depth++) {
    root = await put(
      encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [root] }),
      mediaTypes.ociIndex,
    )
  }
  await expect(copyGraph(root, { from, to: new MemoryContent() })).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' })
})
