import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest } from '@tsbuild/oci'
import { expect, onTestFinished, test } from 'vitest'
import type { RegistryStorage } from '../storage/storage.ts'
import { imageType, pushBlob, pushImage, pushManifest } from '../testing/push-image.ts'
import { temporaryDirectory } from '@tsbuild/content/testing'
import { collectStorage } from './collect.ts'
import { openStorage } from './directory-storage.ts'

const indexType = 'application/vnd.oci.image.index.v1+json'
const now = { grace: -60_000 }

async function open(): Promise<{ readonly storage: RegistryStorage; readonly root: string }> {
  const root = join(await temporaryDirectory(), 'registry')
  const storage = await openStorage(root)
  onTestFinished(() => storage.close())
  return { storage, root }
}

async function blobsIn(root: string): Promise<number> {
  return (await readdir(join(root, 'blobs/sha256'))).length
}

test('blobs without a manifest are removed, after the grace', async () => {
  const { storage, root } = await open()
  await pushImage(storage, 'a', { tags: ['1'] })
  const loose = await pushBlob(storage, 'a', Buffer.from('loose'))
  expect(await collectStorage(root)).toEqual({ manifests: 0, blobs: 0, freed: 0 })
  expect(await collectStorage(root, { ...now, dryRun: true })).toEqual({ manifests: 0, blobs: 1, freed: 5 })
  expect(await storage.findBlob('a', loose)).toBeDefined()
  expect(await collectStorage(root, now)).toEqual({ manifests: 0, blobs: 1, freed: 5 })
  expect(await storage.findBlob('a', loose)).toBeUndefined()
  expect(await blobsIn(root)).toBe(3)
})

test('the blobs of a deleted manifest are removed, unless another repository has them', async () => {
  const { storage, root } = await open()
  const { digest, config, layer } = await pushImage(storage, 'a', { tags: ['1'] })
  await storage.mountBlob(layer, { from: 'a', to: 'b' })
  await pushImage(storage, 'b', { tags: ['1'], members: { layers: [{ digest: layer, size: 30 }] } })
  await storage.deleteManifest('a', digest)
  expect(await collectStorage(root, now)).toMatchObject({ blobs: 3 })
  expect(await storage.findBlob('a', config)).toBeUndefined()
  expect(await storage.findBlob('b', layer)).toBeDefined()
})

test('manifests without a tag go only with "untagged"; indexes and subjects keep theirs', async () => {
  const { storage, root } = await open()
  const child = await pushImage(storage, 'a')
  const manifests = [{ mediaType: imageType, digest: child.digest, size: 1 }]
  const index = await pushManifest(storage, 'a', {
    document: { schemaVersion: 2, manifests },
    mediaType: indexType,
    tags: ['1'],
  })
  const signature = await pushImage(storage, 'a', { members: { subject: { digest: child.digest } } })
  const loose = await pushImage(storage, 'a')
  const ofLoose = await pushImage(storage, 'a', { members: { subject: { digest: loose.digest } } })
  expect(await collectStorage(root, now)).toMatchObject({ manifests: 0, blobs: 0 })
  const kept = async (digest: Digest): Promise<boolean> => (await storage.findManifest('a', digest)) !== undefined
  expect(await collectStorage(root, { ...now, untagged: true, dryRun: true })).toMatchObject({ manifests: 2, blobs: 6 })
  expect(await kept(loose.digest)).toBe(true)
  expect(await collectStorage(root, { ...now, untagged: true })).toMatchObject({ manifests: 2, blobs: 6 })
  expect([await kept(index), await kept(child.digest), await kept(signature.digest)]).toEqual([true, true, true])
  expect([await kept(loose.digest), await kept(ofLoose.digest)]).toEqual([false, false])
  expect(await storage.listReferrers('a', loose.digest)).toEqual([])
})

test('a blob that a client requests stays for the manifest that follows', async () => {
  const { storage, root } = await open()
  const loose = await pushBlob(storage, 'a', Buffer.from('loose'))
  const old = new Date(Date.now() - 7_200_000)
  await utimes(join(root, 'repositories/a/_blobs', loose.replace(':', '-')), old, old)
  // A client that gets this answer does not upload the blob.
  expect(await storage.findBlob('a', loose)).toBeDefined()
  expect(await collectStorage(root)).toMatchObject({ blobs: 0 })
})

test('pushes go on while the storage is collected', async () => {
  const { storage, root } = await open()
  const shared = Buffer.from('shared')
  let isDone = false
  const collecting = (async () => {
    while (!isDone) await collectStorage(root, { grace: 2000 })
  })()
  for (let round = 0; round < 20; round++) {
    const repository = `r${round % 3}`
    const layer = await pushBlob(storage, repository, shared)
    const { digest } = await pushImage(storage, repository, {
      tags: ['1'],
      members: { layers: [{ digest: layer, size: 6 }] },
    })
    expect(await storage.findBlob(repository, layer)).toBeDefined()
    if (round % 2 === 0) await storage.deleteManifest(repository, digest)
  }
  isDone = true
  await collecting
})

test('a directory that is no storage is left alone', async () => {
  await expect(collectStorage(await temporaryDirectory())).rejects.toMatchObject({ code: 'STORE_UNUSABLE' })
})
