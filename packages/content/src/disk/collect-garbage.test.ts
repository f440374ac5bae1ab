import { utimes } from 'node:fs/promises'
import { type Descriptor, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { BlobDirectory } from './blob-directory.ts'
import { collectGarbage } from './collect-garbage.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { describeBytes, streamOf } from '../testing/index.ts'

async function putOld(
  blobs: BlobDirectory,
  text: string | Uint8Array,
  mediaType = mediaTypes.ociLayer as string,
): Promise<Descriptor> {
  const bytes = Buffer.from(text)
  const descriptor = describeBytes(bytes, mediaType)
  await blobs.put(descriptor, streamOf(bytes))
  await utimes(blobs.pathOf(descriptor.digest), 1, 1)
  return descriptor
}

async function putImage(blobs: BlobDirectory, layers: readonly Descriptor[]): Promise<Descriptor> {
  const config = await putOld(blobs, 'config', mediaTypes.ociConfig)
  const manifest = encodeManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers })
  return putOld(blobs, manifest, mediaTypes.ociManifest)
}

test('removes unreachable blobs that are neither kept nor used recently', async () => {
  const blobs = new BlobDirectory(await temporaryDirectory())
  const image = await putImage(blobs, [await putOld(blobs, 'layer'), describeBytes(Buffer.from('never fetched'))])
  const kept = await putOld(blobs, 'kept')
  const dead = await putOld(blobs, 'dead blob')
  const young = Buffer.from('young')
  await blobs.put(describeBytes(young), streamOf(young))

  expect(await collectGarbage(blobs, [image], { keep: new Set([kept.digest]) })).toBe(dead.size)
  expect(await blobs.has(dead)).toBe(false)
  expect(await Array.fromAsync(blobs.list())).toHaveLength(5)
  expect(await collectGarbage(blobs, [image], { grace: -1 })).toBe(kept.size + young.length)
})

test('removes nothing when a document cannot be read', async () => {
  const blobs = new BlobDirectory(await temporaryDirectory())
  const damaged = await putOld(blobs, '{"schemaVersion":', mediaTypes.ociManifest)
  await putOld(blobs, 'layer')
  await expect(collectGarbage(blobs, [damaged])).rejects.toMatchObject({ code: 'MANIFEST_INVALID' })
  expect(await Array.fromAsync(blobs.list())).toHaveLength(2)
})
