import { fetchAll, MemoryContent, OciLayout } from '@tsbuild/content'
import { type Descriptor, mediaTypes, parseManifest } from '@tsbuild/oci'
import { expect } from 'vitest'
import { test } from '../../layer/testing/store.ts'
import { baseImages } from './base-images.ts'
import { amd64, arm64, putImage, putIndex, testRepository } from '../testing/image.ts'

const reference = 'registry.example/base:1'

async function documents(content: MemoryContent, manifest: Descriptor): Promise<readonly Descriptor[]> {
  return [parseManifest(await fetchAll(content, manifest)).config, manifest]
}

async function servedIndex() {
  const content = new MemoryContent()
  const manifests = [await putImage(content, amd64), await putImage(content, arm64)]
  const index = await putIndex(content, manifests)
  return { manifests, index, repository: testRepository(content, { '1': index }) }
}

test('a name is resolved once a build, for all platforms, and no layer is read', async ({ store }) => {
  const { repository, manifests } = await servedIndex()
  const images = baseImages({ store, pull: true, repository: () => repository })
  const found = await Promise.all([amd64, arm64, amd64].map((platform) => images.resolve({ reference, platform })))
  expect(found.map(({ digest, platform }) => [digest, platform])).toEqual([
    [manifests[0]?.digest, amd64],
    [manifests[1]?.digest, arm64],
    [manifests[0]?.digest, amd64],
  ])
  expect(repository.resolved).toEqual(['1'])
  expect(repository.opened).not.toContain(mediaTypes.ociLayerGzip)
  await baseImages({ store, pull: true, repository: () => repository }).resolve({ reference, platform: amd64 })
  expect(repository.resolved).toEqual(['1', '1'])
})

test('documents that are in the store are not fetched again', async ({ store }) => {
  const { repository } = await servedIndex()
  const resolve = () =>
    baseImages({ store, pull: true, repository: () => repository }).resolve({ reference, platform: amd64 })
  await resolve()
  const opened = repository.opened.length
  await resolve()
  expect([opened, repository.opened.length]).toEqual([3, 3])
})

test('the store is asked first, unless pull', async ({ store }) => {
  const local = new MemoryContent()
  const stored = await putImage(local, arm64)
  for (const descriptor of await documents(local, stored))
    await store.blobs.put(descriptor, await local.open(descriptor))
  await store.images.tag(stored, reference)
  const { repository, manifests } = await servedIndex()
  const resolve = (pull: boolean) =>
    baseImages({ store, pull, repository: () => repository }).resolve({ reference, platform: arm64 })
  expect((await resolve(false)).digest).toBe(stored.digest)
  expect(repository.resolved).toEqual([])
  expect((await resolve(true)).digest).toBe(manifests[1]?.digest)
  expect(repository.resolved).toEqual(['1'])
})

test('a digest is what it says: read from the store without asking, else from the registry', async ({ store }) => {
  const { repository, index, manifests } = await servedIndex()
  const resolve = () =>
    baseImages({ store, pull: true, repository: () => repository }).resolve({
      reference: `${reference}@${index.digest}`,
      platform: amd64,
    })
  expect(await resolve()).toMatchObject({ digest: manifests[0]?.digest, reference: 'registry.example/base:1' })
  await resolve()
  expect(repository.resolved).toEqual([index.digest])
})

test('a platform that is not there names those that are', async ({ store }) => {
  const { repository } = await servedIndex()
  const images = baseImages({ store, pull: false, repository: () => repository })
  await expect(images.resolve({ reference, platform: { os: 'linux', architecture: 's390x' } })).rejects.toMatchObject({
    code: 'PLATFORM_NOT_FOUND',
    hint: 'it has linux/amd64, linux/arm64',
  })
})

test('a failed look-up rejects for every caller', async ({ store }) => {
  const repository = testRepository(new MemoryContent(), {})
  const images = baseImages({ store, pull: false, repository: () => repository })
  const outcomes = await Promise.allSettled([amd64, arm64].map((platform) => images.resolve({ reference, platform })))
  expect(outcomes).toMatchObject([{ reason: { code: 'NOT_FOUND' } }, { reason: { code: 'NOT_FOUND' } }])
  expect(repository.resolved).toEqual(['1'])
})

test('an image of a layout is known by its tag or the only one', async ({ store, directory }) => {
  const content = new MemoryContent()
  const manifest = await putImage(content, amd64)
  const layout = await OciLayout.create(`${directory}/layout`)
  const repository = () => {
    throw new Error('not a registry')
  }
  const images = baseImages({ store, pull: true, repository })
  await expect(images.resolve({ reference: '', platform: amd64, layout: `${directory}/layout` })).rejects.toMatchObject(
    {
      code: 'IMAGE_NOT_FOUND',
    },
  )
  for (const descriptor of await documents(content, manifest))
    await layout.blobs.put(descriptor, await content.open(descriptor))
  await layout.tag(manifest, 'v1')
  const found = await baseImages({ store, pull: true, repository }).resolve({
    reference: '',
    platform: amd64,
    layout: `${directory}/layout`,
  })
  expect(found).toMatchObject({ digest: manifest.digest, layout: `${directory}/layout` })
  const other = await putImage(content, arm64)
  for (const descriptor of await documents(content, other))
    await layout.blobs.put(descriptor, await content.open(descriptor))
  await layout.add(other)
  const find = (wanted: string, platform = amd64) =>
    baseImages({ store, pull: true, repository }).resolve({
      reference: wanted,
      platform,
      layout: `${directory}/layout`,
    })
  const named = { code: 'IMAGE_NOT_FOUND', hint: 'it has v1' }
  for (const missing of ['', 'latest', 'v2']) await expect(find(missing)).rejects.toMatchObject(named)
  expect(await find('v1')).toMatchObject({ digest: manifest.digest })
  expect(await find(other.digest, arm64)).toMatchObject({ digest: other.digest })
  await layout.tag(other, 'latest')
  expect(await find('', arm64)).toMatchObject({ digest: other.digest })
})
