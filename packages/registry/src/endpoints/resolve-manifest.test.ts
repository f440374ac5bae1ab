import { digestOf, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import { startChaos, type ChaosHandler } from '../testing/chaos-server.ts'
import { sampleBlob, sampleManifest } from '../testing/content.ts'

const manifest = sampleManifest(sampleBlob('{}').descriptor)
const { digest, size, mediaType } = manifest.descriptor
const complete = { 'content-type': mediaType, 'docker-content-digest': digest, 'content-length': size }

/** Result of resolving `reference` at a registry that answers like this, and the request. */
async function resolve(
  handle: ChaosHandler,
  reference = '1.0',
): Promise<{ outcome: unknown; methods: readonly string[] }> {
  await using server = await startChaos(handle)
  await using client = createRegistryClient({ retry: { delay: 1, attempts: 2 } })
  const outcome = await client
    .repository({ registry: server.host, repository: 'app' })
    .resolve(reference)
    .catch((error: unknown) => error)
  return { outcome, methods: server.received.map(({ method }) => method) }
}

/** Answers GET with the manifest and HEAD with `status` and `headers`. */
function head(status: number, headers: Record<string, string | number> = {}): ChaosHandler {
  return ({ method }, response) => {
    if (method === 'HEAD') response.writeHead(status, headers).end()
    else response.writeHead(200, { 'content-type': `${mediaType}; charset=utf-8` }).end(manifest.bytes)
  }
}

test('HEAD is enough when it tells everything', async () => {
  expect(await resolve(head(200, complete))).toEqual({ outcome: manifest.descriptor, methods: ['HEAD'] })
})

test.each([
  [200, { ...complete, 'docker-content-digest': 'md5:1' }],
  [200, { ...complete, 'content-type': 'application/json' }],
  [200, { 'content-type': mediaType, 'content-length': size }],
  [405, {}],
  [400, {}],
])('HEAD answered %d %j is followed by GET', async (status, headers) => {
  expect(await resolve(head(status, headers))).toEqual({ outcome: manifest.descriptor, methods: ['HEAD', 'GET'] })
})

test('a manifest is found by a digest of sha512, which the registry may not name', async () => {
  const wanted = digestOf(manifest.bytes, 'sha512')
  const found = { ...manifest.descriptor, digest: wanted }
  expect(await resolve(head(200, complete), wanted)).toEqual({ outcome: found, methods: ['HEAD', 'GET'] })
  const named = { ...complete, 'docker-content-digest': wanted }
  expect(await resolve(head(200, named), wanted)).toEqual({ outcome: found, methods: ['HEAD'] })
  const { outcome } = await resolve(head(405), digestOf('other', 'sha512'))
  expect(outcome).toMatchObject({ code: 'DIGEST_MISMATCH' })
})

test('asks for indexes and manifests of both families', async () => {
  const seen: string[] = []
  await resolve(({ headers }, response) => {
    seen.push(headers.accept ?? '')
    response.writeHead(200, complete).end()
  })
  expect(seen[0]?.split(', ').toSorted()).toEqual(
    [mediaTypes.ociIndex, mediaTypes.ociManifest, mediaTypes.dockerManifest, mediaTypes.dockerManifestList].toSorted(),
  )
})

test('what is not there is NOT_FOUND', async () => {
  const { outcome } = await resolve((_, response) => response.writeHead(404).end())
  expect(outcome).toMatchObject({ code: 'NOT_FOUND' })
})

test('a digest resolves to itself or not at all', async () => {
  const other = sampleBlob('other').descriptor.digest
  expect((await resolve(head(200, complete), digest)).outcome).toEqual(manifest.descriptor)
  expect((await resolve(head(200, complete), other)).outcome).toMatchObject({ code: 'DIGEST_MISMATCH' })
  expect((await resolve(head(405), other)).outcome).toMatchObject({ code: 'DIGEST_MISMATCH' })
})

test('manifests beyond 4 MiB are refused, announced or not', async () => {
  const tooLarge = 4 * 1024 * 1024 + 1
  expect((await resolve(head(200, { ...complete, 'content-length': tooLarge }))).outcome).toMatchObject({
    code: 'REGISTRY_TOO_LARGE',
  })
  const { outcome } = await resolve(({ method }, response) => {
    response.writeHead(method === 'HEAD' ? 405 : 200, { 'content-type': mediaType })
    response.end(method === 'HEAD' ? undefined : Buffer.alloc(tooLarge))
  })
  expect(outcome).toMatchObject({ code: 'REGISTRY_TOO_LARGE' })
})

test('the type is read from the document where the header is vague', async () => {
  const get =
    (type: string, body: string | Buffer): ChaosHandler =>
    ({ method }, response) =>
      method === 'HEAD' ? response.writeHead(405).end() : response.writeHead(200, { 'content-type': type }).end(body)
  expect((await resolve(get('application/json', manifest.bytes))).outcome).toEqual(manifest.descriptor)
  expect((await resolve(get('text/html', '<html>'))).outcome).toMatchObject({ code: 'REGISTRY_MANIFEST_INVALID' })
  expect((await resolve(get('application/vnd.docker.distribution.manifest.v1+prettyjws', '{}'))).outcome).toMatchObject(
    {
      code: 'REGISTRY_MANIFEST_INVALID',
      hint: 'the image must be an OCI or a Docker schema 2 image',
    },
  )
})

test('a manifest that breaks off is not taken for one', async () => {
  const { outcome } = await resolve(({ method }, response) => {
    if (method === 'HEAD') {
      response.writeHead(405).end()
    } else {
      response.writeHead(200, { 'content-type': mediaType, 'content-length': size })
      response.write(manifest.bytes.subarray(0, 20), () => response.destroy())
    }
  })
  expect(outcome).toMatchObject({ code: 'REGISTRY_UNREACHABLE', temporary: true })
})

test('a tag with a wrong digest is reported when its manifest is read, with both digests', async () => {
  const wrong = sampleBlob('other').descriptor.digest
  await using server = await startChaos(({ method, url }, response) => {
    if (url.endsWith(wrong)) response.writeHead(404).end()
    else
      response
        .writeHead(200, { ...complete, 'docker-content-digest': wrong })
        .end(method === 'HEAD' ? '' : manifest.bytes)
  })
  await using client = createRegistryClient()
  const repository = client.repository({ registry: server.host, repository: 'app' })
  const error: unknown = await repository.open(await repository.resolve('1.0')).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'DIGEST_MISMATCH', cause: { code: 'REGISTRY_WRONG_CONTENT' } })
  expect(String(error)).toContain(`app:1.0: the registry announced ${wrong} and sends ${digest}`)
})

test('a tag that is deleted before its manifest is read is NOT_FOUND', async () => {
  await using server = await startChaos(({ method }, response) =>
    method === 'HEAD' ? response.writeHead(200, complete).end() : response.writeHead(404).end(),
  )
  await using client = createRegistryClient()
  const repository = client.repository({ registry: server.host, repository: 'app' })
  await expect(repository.open(await repository.resolve('1.0'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
