import { fetchAll, MemoryContent, oneChunk } from '@tsbuild/content'
import { type Descriptor, digestOf, encodeIndex, encodeManifest, mediaTypes, parseIndex } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { createRegistryClient } from './client.ts'
import { readReferrersTag, ReferrersTags, type TaggedManifests } from './referrers-tag.ts'
import type { Repository } from './repository.ts'
import { type ChaosHandler, startChaos } from './testing/chaos-server.ts'
import { sampleBlob, sampleManifest } from './testing/content.ts'
import { registryMissing, startRegistry } from './testing/registry-server.ts'

const live = test.skipIf(registryMissing !== undefined)
const why = registryMissing === undefined ? '' : ` (skipped: ${registryMissing})`

const config = sampleBlob('{}')
const image = sampleManifest(config.descriptor)

/** A manifest that refers to `subject`. */
function referrerTo(
  subject: Descriptor,
  note: string,
): { readonly descriptor: Descriptor; readonly bytes: Uint8Array } {
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.note',
    config: config.descriptor,
    layers: [],
    subject,
    annotations: { note },
  })
  return { descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length }, bytes }
}

const listed = ({ descriptor }: ReturnType<typeof referrerTo>, note: string) => ({
  ...descriptor,
  artifactType: 'application/vnd.example.note',
  annotations: { note },
})

async function pushAll(repository: Repository, ...referrers: readonly ReturnType<typeof referrerTo>[]): Promise<void> {
  await repository.put(config.descriptor, config.content)
  await repository.put(image.descriptor, image.content)
  for (const { descriptor, bytes } of referrers) {
    await repository.pushManifest(descriptor, bytes)
    await repository.refer(descriptor)
  }
}

live(`a registry without the referrers API gets a tag that lists each referrer once${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  const repository = client.repository({ registry: registry.host, repository: 'app' })
  expect(await repository.referrers(image.descriptor.digest)).toEqual([])
  const [a, b] = [referrerTo(image.descriptor, 'a'), referrerTo(image.descriptor, 'b')]
  await pushAll(repository, a, b, a)
  expect(await repository.referrers(image.descriptor.digest)).toEqual([listed(a, 'a'), listed(b, 'b')])
  const tag = await repository.resolve(image.descriptor.digest.replace(':', '-'))
  expect(parseIndex(await fetchAll(repository, tag)).manifests).toHaveLength(2)
})

live(`clients that add to one tag at the same time lose nothing${why}`, async () => {
  await using registry = await startRegistry()
  await using client = createRegistryClient()
  await using other = createRegistryClient()
  const names = { registry: registry.host, repository: 'app' }
  const writers = [client.repository(names), other.repository(names)]
  await pushAll(client.repository(names))
  const notes = Array.from({ length: 12 }, (_, index) => referrerTo(image.descriptor, String(index)))
  for (const { descriptor, bytes } of notes) await client.repository(names).pushManifest(descriptor, bytes)
  await Promise.all(
    writers.map(async (writer, half) => {
      for (const { descriptor } of notes.filter((_, index) => index % 2 === half)) await writer.refer(descriptor)
    }),
  )
  const found = await client.repository(names).referrers(image.descriptor.digest)
  expect(found.map(({ digest }) => digest).sort()).toEqual(notes.map(({ descriptor }) => descriptor.digest).sort())
})

test('a change that was overwritten is made again, and given up at last', async () => {
  const subject = image.descriptor.digest
  const [own, others] = [
    referrerTo(image.descriptor, 'own').descriptor,
    referrerTo(image.descriptor, 'other').descriptor,
  ]
  const content = new MemoryContent()
  let overwrites = 3
  const repository: TaggedManifests = {
    has: (target) => content.has(target),
    open: (target) => content.open(target),
    resolve: (tag) => content.resolve(tag),
    pushManifest: async (descriptor, bytes, tag = '') => {
      const written = overwrites-- > 0 ? indexOf([others]) : bytes
      const { digest, size } = await content.ingest(oneChunk(written))
      await content.tag({ ...descriptor, digest, size }, tag)
    },
  }
  await new ReferrersTags(repository, { settleTime: 0 }).add(subject, own)
  expect(await readReferrersTag(repository, subject)).toEqual([others, own])
  overwrites = Infinity
  await repository.pushManifest(others, indexOf([others]), subject.replace(':', '-'))
  await expect(new ReferrersTags(repository, { settleTime: 0 }).add(subject, own)).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
    temporary: true,
  })
})

function indexOf(manifests: readonly Descriptor[]): Uint8Array {
  return encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })
}

/**
 * A registry that knows its referrers: two pages of them, and OCI-Subject in the answer to a push.
 */
function modern(referrers: readonly Descriptor[]): ChaosHandler {
  return ({ method, url }, response) => {
    if (method === 'PUT') return void response.writeHead(201, { 'oci-subject': image.descriptor.digest }).end()
    if (!url.includes('/referrers/')) return void response.writeHead(404).end()
    const page = url.endsWith('?page=2') ? referrers.slice(1) : referrers.slice(0, 1)
    const next = url.endsWith('?page=2') ? {} : { link: `<${url}?page=2>; rel="next"` }
    response.writeHead(200, { 'content-type': mediaTypes.ociIndex, ...next })
    response.end(encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: page }))
  }
}

test('a registry that took note of the subject is left alone', async () => {
  const note = referrerTo(image.descriptor, 'a')
  await using server = await startChaos(modern([]))
  await using client = createRegistryClient()
  const repository = client.repository({ registry: server.host, repository: 'app' })
  await repository.pushManifest(note.descriptor, note.bytes)
  await repository.refer(note.descriptor)
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `PUT /v2/app/manifests/${note.descriptor.digest}`,
  ])
})

test('pages of referrers are read to the end, and every one is a full descriptor', async () => {
  const referrers = ['a', 'b'].map((note) => listed(referrerTo(image.descriptor, note), note))
  await using server = await startChaos(modern(referrers))
  await using client = createRegistryClient()
  expect(
    await client.repository({ registry: server.host, repository: 'app' }).referrers(image.descriptor.digest),
  ).toEqual(referrers)
})

test('pages without end come to one', async () => {
  await using server = await startChaos(({ url }, response) => {
    response.writeHead(200, { 'content-type': mediaTypes.ociIndex, link: `<${url}>; rel="next"` })
    response.end(encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }))
  })
  await using client = createRegistryClient()
  expect(
    await client.repository({ registry: server.host, repository: 'app' }).referrers(image.descriptor.digest),
  ).toEqual([])
  expect(server.received).toHaveLength(100)
})

test('a page that is no index means that there is no such API', async () => {
  await using server = await startChaos(({ url }, response) => {
    if (url.includes('/referrers/')) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
    else response.writeHead(404).end()
  })
  await using client = createRegistryClient({ retry: { attempts: 1 } })
  expect(
    await client.repository({ registry: server.host, repository: 'app' }).referrers(image.descriptor.digest),
  ).toEqual([])
})
