import { type Descriptor, encodeIndex, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { MemoryContent } from '../storage/memory-content.ts'
import { successors } from './successors.ts'
import { describeBytes, streamOf } from '../testing/index.ts'

const leaf = (text: string): Descriptor => describeBytes(Buffer.from(text))

test('a manifest points at its subject, its config and its layers, an index at its manifests, a blob at nothing', async () => {
  const memory = new MemoryContent()
  const put = async (bytes: Uint8Array, mediaType: string): Promise<Descriptor> => {
    await memory.put(describeBytes(bytes, mediaType), streamOf(bytes))
    return describeBytes(bytes, mediaType)
  }
  const parts = { subject: leaf('s'), config: leaf('c'), layers: [leaf('1'), leaf('2')] }
  const manifest = await put(
    encodeManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, ...parts }),
    mediaTypes.ociManifest,
  )
  const list = { schemaVersion: 2, mediaType: mediaTypes.dockerManifestList, manifests: [manifest] } as const
  const index = await put(encodeIndex(list), mediaTypes.dockerManifestList)
  expect(await successors(memory, manifest)).toEqual([leaf('s'), leaf('c'), leaf('1'), leaf('2')])
  expect(await successors(memory, index)).toEqual([manifest])
  expect(await successors(memory, leaf('1'))).toEqual([])
  await expect(successors(memory, { ...leaf('x'), mediaType: mediaTypes.ociIndex })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})
