import { digestOf, encodeIndex, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { createRegistryClient } from './client.ts'
import { startChaos } from './testing/chaos-server.ts'
import { type Sample, sampleBlob, sampleManifest } from './testing/content.ts'

const present = sampleBlob('present')
const fresh = sampleBlob('fresh')
const image = sampleManifest(present.descriptor)
const lost = sampleManifest(fresh.descriptor)

function indexOf(...images: readonly Sample[]): Sample {
  const bytes = Buffer.from(
    encodeIndex({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: images.map(({ descriptor }) => descriptor),
    }),
  )
  const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length }
  return { descriptor, bytes, content: present.content }
}

/** Asks for both blobs before a push to `1`, of a registry that has `named` there. */
async function ask(
  named: Sample | number,
): Promise<{ readonly has: readonly unknown[]; readonly requests: readonly string[] }> {
  const manifests = new Map<string, Sample>(
    [image, ...(typeof named === 'object' ? [named] : [])].map((each) => [each.descriptor.digest, each]),
  )
  await using server = await startChaos(({ method, url }, response) => {
    if (method === 'HEAD') return void response.writeHead(404).end()
    const reference = url.split('/').at(-1) ?? ''
    if (reference === '1' && typeof named === 'number') return void response.writeHead(named).end('{')
    const found = reference === '1' && typeof named === 'object' ? named : manifests.get(reference)
    if (found === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': found.descriptor.mediaType }).end(found.bytes)
  })
  await using client = createRegistryClient({ retry: { delay: 1, attempts: 2 } })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  repository.beginPush('1')
  const has = [await repository.has(present.descriptor), await repository.has(fresh.descriptor)]
  return { has, requests: server.received.map(({ method, url }) => `${method} ${url.split('/').slice(3).join('/')}`) }
}

test('blobs of the image that a push replaces are not asked about', async () => {
  expect(await ask(image)).toEqual({
    has: [true, false],
    requests: ['GET manifests/1', `HEAD blobs/${fresh.descriptor.digest}`],
  })
})

test('of an index, those of the manifests that the registry has', async () => {
  const { has, requests } = await ask(indexOf(image, lost))
  expect(has).toEqual([true, false])
  expect(requests).toEqual([
    'GET manifests/1',
    `GET manifests/${image.descriptor.digest}`,
    `GET manifests/${lost.descriptor.digest}`,
    `HEAD blobs/${fresh.descriptor.digest}`,
  ])
})

test.each([404, 403, 500, 200])('where the answer is %i, each blob is asked about', async (status) => {
  const { has, requests } = await ask(status)
  expect(has).toEqual([false, false])
  expect(requests.filter((line) => line.startsWith('HEAD'))).toHaveLength(2)
})

test('without a tag no image is read, and one token serves the whole push', async () => {
  const scopes: (string | null)[] = []
  await using server = await startChaos(({ method, url, headers }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://registry')
    if (pathname === '/token') {
      scopes.push(searchParams.get('scope'))
      return void response.end('{"token":"t"}')
    }
    const challenge = `Bearer realm="http://${headers.host}/token",service="registry"`
    if (headers.authorization === undefined)
      return void response.writeHead(401, { 'www-authenticate': challenge }).end()
    if (method === 'HEAD') return void response.writeHead(404).end()
    response.writeHead(method === 'POST' ? 202 : 201, { location: '/v2/app/blobs/uploads/1' }).end()
  })
  await using client = createRegistryClient()
  const repository = client.repository({ registry: server.host, repository: 'app' })
  repository.beginPush(undefined)
  expect(await repository.has(present.descriptor)).toBe(false)
  await repository.put(present.descriptor, present.content)
  await repository.put(image.descriptor, image.content)
  expect(scopes).toEqual(['repository:app:pull,push'])
})
