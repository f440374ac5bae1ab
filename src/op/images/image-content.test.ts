import { MemoryContent } from '@tsbuild/content'
import { digestOf, mediaTypes } from '@tsbuild/oci'
import { expect } from 'vitest'
import { streamOf, test } from '../../layer/testing/store.ts'
import { readImage } from './image-content.ts'
import { amd64, arm64, putImage, putIndex } from '../testing/image.ts'

test('an index in an index is followed, but not for ever', async ({ store }) => {
  const source = new MemoryContent()
  const manifest = await putImage(source, amd64)
  let root = await putIndex(source, [manifest])
  root = await putIndex(source, [{ ...root, platform: amd64 }])
  const request = { store, source, platform: amd64, name: 'base' }
  expect((await readImage(root, request)).descriptor.digest).toBe(manifest.digest)
  for (let depth = 0; depth < 10; depth += 1) root = await putIndex(source, [{ ...root, platform: amd64 }])
  await expect(readImage(root, request)).rejects.toMatchObject({ code: 'PLATFORM_NOT_FOUND' })
})

test('a manifest whose layers and diff ids disagree is refused', async ({ store }) => {
  const source = new MemoryContent()
  for (const diffIds of [[], [digestOf('a'), digestOf('b')]]) {
    const root = await putImage(source, amd64, diffIds)
    await expect(readImage(root, { store, source, platform: amd64, name: 'base' })).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('"base" has 1 layers'),
    })
  }
})

test('what is not what its digest says is refused and not kept', async ({ store }) => {
  const source = new MemoryContent()
  const root = await putImage(source, arm64)
  const lying = { has: () => Promise.resolve(true), open: async () => streamOf('x'.repeat(root.size)) }
  await expect(readImage(root, { store, source: lying, platform: arm64, name: 'base' })).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  })
  expect(await store.blobs.has(root)).toBe(false)
})

test('an enormous document is not read', async ({ store }) => {
  const source = { has: () => Promise.resolve(true), open: () => Promise.reject(new Error('was read')) }
  const root = { mediaType: mediaTypes.ociManifest, digest: digestOf('x'), size: 1e9 }
  await expect(readImage(root, { store, source, platform: amd64, name: 'base' })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  })
})
