import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Bytes, MemoryContent, readAll } from '@tsbuild/content'
import { digestOf, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { readTar } from '@tsbuild/tar'
import { writeArchive } from './archive.ts'

async function* one(bytes: Uint8Array): Bytes & AsyncGenerator<Uint8Array> {
  yield bytes
}

async function imageOf(content: MemoryContent, layer: Uint8Array) {
  const put = async (mediaType: string, bytes: Uint8Array) => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
    await content.put(descriptor, one(bytes))
    return descriptor
  }
  const config = await put(mediaTypes.ociConfig, Buffer.from('{}'))
  const layers = [await put(mediaTypes.ociLayer, layer)]
  return put(
    mediaTypes.ociManifest,
    encodeManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
  )
}

const options = (root: Awaited<ReturnType<typeof imageOf>>, content: MemoryContent) => ({
  roots: [root],
  content,
  documents: [{ path: 'index.json', value: { schemaVersion: 2 } }],
  signal: new AbortController().signal,
  onProgress: () => {},
})

test('an archive holds every blob of the image once, then the documents', async () => {
  const content = new MemoryContent()
  const layer = randomBytes(3_000_000)
  const root = await imageOf(content, layer)
  const files = new Map<string, Uint8Array>()
  for await (const { entry, body } of readTar(writeArchive(options(root, content)))) {
    if (entry.type === 'file') files.set(entry.path, await readAll(body, 10_000_000))
  }
  expect([...files.keys()].filter((path) => path.startsWith('blobs/'))).toHaveLength(3)
  expect(files.get(`blobs/${digestOf(layer).replace(':', '/')}`)).toEqual(layer)
  expect(Buffer.from(files.get('index.json') ?? []).toString()).toBe('{"schemaVersion":2}')
})

test('a blob that cannot be read fails the archive', async () => {
  const content = new MemoryContent()
  const root = await imageOf(content, Buffer.from('layer'))
  const broken = {
    has: () => Promise.resolve(true),
    open: (target: typeof root) =>
      target.mediaType === mediaTypes.ociLayer ? Promise.reject(new Error('gone')) : content.open(target),
  }
  const read = async () => {
    for await (const _ of writeArchive({ ...options(root, content), content: broken }));
  }
  await expect(read()).rejects.toThrow('gone')
})
