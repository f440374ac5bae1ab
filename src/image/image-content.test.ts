import { MemoryContent, readAll } from '@tsbuild/content'
import { digestOf, mediaTypes } from '@tsbuild/oci'
import { expect } from 'vitest'
import { file, layerOf, streamOf, test } from '../layer/testing/store.ts'
import { imageContent } from './image-content.ts'

const describe = (text: string) => ({ mediaType: mediaTypes.ociLayer, digest: digestOf(text), size: text.length })

test('the store comes first, then where a layer was published', async ({ store }) => {
  const source = new MemoryContent()
  for (const text of ['published', 'both']) await source.put(describe(text), streamOf(text))
  for (const text of ['stored', 'both']) await store.blobs.put(describe(text), streamOf(text))
  const layers = ['published', 'both'].map((text) => ({
    ...layerOf(store, { f: file(text) }),
    origin: { reference: 'r.example/base', descriptor: describe(text), source },
  }))
  const content = imageContent(store.blobs, layers)
  for (const text of ['stored', 'published', 'both']) {
    expect([text, await content.has(describe(text))]).toEqual([text, true])
    expect(Buffer.from(await readAll(await content.open(describe(text)), 100)).toString()).toBe(text)
  }
  expect(content.publisher(describe('published'))).toBe(source)
  expect(content.publisher(describe('stored'))).toBeUndefined()
  expect(await content.has(describe('nowhere'))).toBe(false)
  await expect(content.open(describe('nowhere'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
