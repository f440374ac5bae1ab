import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readAll } from '@tsbuild/content'
import { temporaryDirectory } from '@tsbuild/content/testing'
import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { createRegistryClient } from './client.ts'
import { sampleBlob, sampleManifest } from './testing/content.ts'
import { registryMissing, startRegistry } from './testing/registry-server.ts'

const live = test.skipIf(registryMissing !== undefined)
const why = registryMissing === undefined ? '' : ` (skipped: ${registryMissing})`

live(`stores and gives back blobs of all sizes${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const repository = client.repository({ registry: registry.host, repository: 'team/app' })
  for (const size of [0, 1, 70_000, 5_000_000]) {
    const { descriptor, bytes, content } = sampleBlob(size)
    expect(await repository.has(descriptor)).toBe(false)
    await repository.put(descriptor, content)
    expect(await repository.has(descriptor)).toBe(true)
    expect((await readAll(await repository.open(descriptor), size)).length).toBe(size)
    expect(digestOf(await readAll(await repository.open(descriptor), size))).toBe(digestOf(bytes))
  }
})

live(`sends a blob with one PUT and an existing one not at all${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const repository = client.repository({ registry: registry.host, repository: 'app' })
  const { descriptor, content } = sampleBlob(3_000_000)
  await repository.put(descriptor, content)
  await repository.put(descriptor, content)
  const requests = accessLog(await registry.log())
  expect(requests.filter((line) => line.startsWith('PUT'))).toHaveLength(1)
  expect(requests.filter((line) => line.startsWith('PATCH'))).toHaveLength(0)
  expect(requests.filter((line) => line.startsWith('HEAD'))).toHaveLength(2)
})

live(`resolves, tags, lists and deletes manifests${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const repository = client.repository({ registry: registry.host, repository: 'app' })
  const config = sampleBlob('{}')
  const manifest = sampleManifest(config.descriptor)
  await repository.put(config.descriptor, config.content)
  await repository.put(manifest.descriptor, manifest.content)
  expect(await repository.has(manifest.descriptor)).toBe(true)
  expect(await repository.resolve(manifest.descriptor.digest)).toEqual(manifest.descriptor)
  await expect(repository.resolve('1.0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  for (const tag of ['1.0', '1.1', 'latest']) await repository.tag(manifest.descriptor, tag)
  expect(await repository.resolve('1.0')).toEqual(manifest.descriptor)
  expect((await repository.listTags(10)).toSorted()).toEqual(['1.0', '1.1', 'latest'])
  expect(await repository.listTags(2)).toHaveLength(2)
  await repository.deleteManifest(manifest.descriptor.digest)
  expect(await repository.has(manifest.descriptor)).toBe(false)
  await expect(repository.deleteManifest(manifest.descriptor.digest)).rejects.toMatchObject({
    code: 'REGISTRY_NOT_FOUND',
    status: 404,
  })
})

live(`mounts a blob from a sibling repository without moving bytes${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const from = client.repository({ registry: registry.host, repository: 'base' })
  const to = client.repository({ registry: registry.host, repository: 'app' })
  const blob = sampleBlob(200_000)
  await from.put(blob.descriptor, blob.content)
  const before = accessLog(await registry.log()).length
  expect(await to.adopt(blob.descriptor, from)).toBe(true)
  const requests = accessLog(await registry.log()).slice(before)
  expect(requests.map((line) => line.split(' ')[0])).toEqual(['POST'])
  expect(await to.has(blob.descriptor)).toBe(true)
})

live(`mounts a blob once for copies at the same time${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const from = client.repository({ registry: registry.host, repository: 'base' })
  const to = client.repository({ registry: registry.host, repository: 'app' })
  const blob = sampleBlob(200_000)
  await from.put(blob.descriptor, blob.content)
  const before = accessLog(await registry.log()).length
  const mounts = Array.from({ length: 4 }, () => to.adopt(blob.descriptor, from))
  expect(await Promise.all(mounts)).toEqual([true, true, true, true])
  expect(accessLog(await registry.log()).slice(before)).toHaveLength(1)
})

live(`mounts a blob of a registry that this one mirrors${why}`, async () => {
  await using registry = await startRegistry()
  const directory = await temporaryDirectory()
  const file = join(directory, 'registries.conf')
  await writeFile(file, `[[registry]]\nprefix = "base.example"\nlocation = "${registry.host}/mirrored"\n`)
  await using client = createRegistryClient({ env: { CONTAINERS_REGISTRIES_CONF: file } })
  const from = client.repository({ registry: 'base.example', repository: 'debian' })
  const to = client.repository({ registry: registry.host, repository: 'app' })
  const blob = sampleBlob(200_000)
  await client.repository({ registry: registry.host, repository: 'mirrored/debian' }).put(blob.descriptor, blob.content)
  const before = accessLog(await registry.log()).length
  expect(await to.adopt(blob.descriptor, from)).toBe(true)
  expect(accessLog(await registry.log()).slice(before)).toEqual([
    expect.stringMatching(/^POST \/v2\/app\/blobs\/uploads\/\?mount=.*&from=mirrored%2Fdebian/),
  ])
  const elsewhere = client.repository({ registry: 'other.example', repository: 'debian' })
  expect(await to.adopt(sampleBlob('other').descriptor, elsewhere)).toBe(false)
})

live(`uploads what cannot be mounted with the upload that the registry opens instead${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const from = client.repository({ registry: registry.host, repository: 'base' })
  const to = client.repository({ registry: registry.host, repository: 'app' })
  const blob = sampleBlob('absent')
  expect(await to.adopt(blob.descriptor, from)).toBe(false)
  await to.put(blob.descriptor, blob.content)
  expect(accessLog(await registry.log()).map((line) => line.split(' ')[0])).toEqual(['POST', 'PUT'])
  expect(await to.has(blob.descriptor)).toBe(true)
})

live(`keeps wrong content out${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const repository = client.repository({ registry: registry.host, repository: 'app' })
  for (const size of [2000, 2_000_000]) {
    const wanted = sampleBlob(size)
    const other = sampleBlob('x'.repeat(size))
    await expect(repository.put(wanted.descriptor, other.content)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
    await expect(repository.put(wanted.descriptor, sampleBlob(size + 1).content)).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
    })
    await expect(repository.put(wanted.descriptor, sampleBlob(size - 1).content)).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
    })
    expect(await repository.has(wanted.descriptor)).toBe(false)
  }
})

live(`a failing source fails the upload with its own error${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const repository = client.repository({ registry: registry.host, repository: 'app' })
  const blob = sampleBlob(2_000_000)
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield blob.bytes.subarray(0, 1_500_000)
    throw new Error('disk on fire')
  }
  await expect(repository.put(blob.descriptor, failing())).rejects.toThrow('disk on fire')
})

live(`logs in with user name and password, and names the registry without${why}`, async () => {
  await using registry = await startRegistry({ htpasswd: true })
  const reference = { registry: registry.host, repository: 'app' }
  const blob = sampleBlob('secret')
  await using nobody = createRegistryClient()
  await expect(nobody.repository(reference).put(blob.descriptor, blob.content)).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
    status: 401,
    registry: registry.host,
  })
  await using client = createRegistryClient({
    keychain: { credentialFor: async () => ({ kind: 'basic', ...registry.credential }) },
  })
  const repository = client.repository(reference)
  await repository.put(blob.descriptor, blob.content)
  expect(await repository.has(blob.descriptor)).toBe(true)
  await using wrong = createRegistryClient({
    keychain: { credentialFor: async () => ({ kind: 'basic', username: 'builder', password: 'no' }) },
  })
  await expect(wrong.repository(reference).has(blob.descriptor)).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
  })
})

live(`many pushes at once share one client${why}`, async () => {
  await using registry = await startRegistry({ htpasswd: true })
  await using client = createRegistryClient({
    concurrency: 3,
    keychain: { credentialFor: async () => ({ kind: 'basic', ...registry.credential }) },
  })
  const repository = client.repository({ registry: registry.host, repository: 'app' })
  const blobs = Array.from({ length: 20 }, (_, index) => sampleBlob(1000 + index))
  await Promise.all(blobs.map((blob) => repository.put(blob.descriptor, blob.content)))
  expect(await Promise.all(blobs.map((blob) => repository.has(blob.descriptor)))).not.toContain(false)
})

/** `PUT /v2/…` of each request, in order. */
function accessLog(log: string): readonly string[] {
  return [...log.matchAll(/"((?:GET|HEAD|POST|PUT|PATCH|DELETE) \S+) HTTP/g)]
    .map(([, line = '']) => line)
    .filter((line) => !line.endsWith('/v2/'))
}
