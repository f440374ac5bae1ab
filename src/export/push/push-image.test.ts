import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { digestOf } from '@tsbuild/oci'
import { createRegistryClient } from '@tsbuild/registry'
import { expect } from 'vitest'
import { assembleImage } from '../../image/assemble.ts'
import type { AttestationForm } from '../../image/attest-platforms.ts'
import { file, layerOf, test as storeTest } from '../../layer/testing/store.ts'
import { pushImage } from './push-image.ts'
import { plainForm, solved } from '../../image/testing/target.ts'
import { contextOf } from '../testing/context.ts'

/**
 * Registry that accepts and records all content; each blob in one PUT after a POST, as the
 * distribution specification has it.
 */
interface Registry {
  readonly host: string
  readonly requests: string[]
  readonly manifests: Map<string, Buffer>
  readonly blobs: Map<string, Buffer>
  /** Artifact types it takes no manifests of. */
  readonly refused: Set<string>
}

async function answer(
  { requests, manifests, blobs, refused }: Registry,
  request: IncomingMessage,
): Promise<{ status: number; headers?: Record<string, string>; body?: Buffer }> {
  const { method = '', url = '' } = request
  const body = await buffer(request)
  const { pathname, searchParams } = new URL(url, 'http://registry')
  requests.push(`${method} ${pathname}`)
  const [, kind, name = ''] = /^\/v2\/.*\/(manifests|blobs)\/(.+)$/.exec(pathname) ?? []
  if (kind === undefined) return { status: 200 }
  if (method === 'POST') return { status: 202, headers: { location: `${pathname}upload` } }
  if (kind === 'blobs' && method === 'PUT') {
    const digest = searchParams.get('digest') ?? ''
    if (digestOf(body) !== digest) return { status: 400 }
    blobs.set(digest, body)
    return { status: 201, headers: { location: pathname, 'docker-content-digest': digest } }
  }
  if (method === 'PUT') {
    if ([...refused].some((type) => body.includes(`"artifactType": "${type}"`))) return { status: 400 }
    manifests.set(name, body)
    manifests.set(digestOf(body), body)
    return { status: 201, headers: { location: pathname, 'docker-content-digest': digestOf(body) } }
  }
  const found = (kind === 'blobs' ? blobs : manifests).get(name)
  if (found === undefined) return { status: 404 }
  const headers = {
    'content-length': String(found.length),
    'docker-content-digest': digestOf(found),
    'content-type': kind === 'blobs' ? 'application/octet-stream' : JSON.parse(found.toString()).mediaType,
  }
  return { status: 200, headers, ...(method !== 'HEAD' && { body: found }) }
}

const test = storeTest.extend<{ registry: Registry }>({
  registry: async ({}, use) => {
    const http = createServer((request, response) => {
      void answer(registry, request).then(({ status, headers = {}, body }) =>
        response.writeHead(status, headers).end(body),
      )
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const address = http.address()
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const registry: Registry = { host, requests: [], manifests: new Map(), blobs: new Map(), refused: new Set() }
    await use(registry)
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  },
})

test('each name gets the blobs, then the manifest, then its tag; pushing again sends nothing twice', async ({
  store,
  registry,
}) => {
  await using client = createRegistryClient({ insecureRegistries: [registry.host] })
  const context = contextOf(store, [solved([layerOf(store, { f: file('x') })])], {
    repository: (reference) => client.repository(reference),
  })
  const image = await context.image()
  const request = {
    names: [`${registry.host}/team/app:1`, `${registry.host}/team/app`],
    insecure: true,
    byDigest: false,
  }
  expect(await pushImage(image, request, context)).toEqual([
    `${registry.host}/team/app:1`,
    `${registry.host}/team/app:latest`,
  ])
  expect([...registry.manifests.keys()].sort()).toEqual(['1', 'latest', image.root.digest].sort())
  const [only] = image.platforms
  expect([...registry.blobs.keys()].sort()).toEqual([only?.config.digest ?? '', only?.layers[0]?.digest ?? ''].sort())
  const lastBlob = registry.requests.findLastIndex((line) => line.startsWith('PUT') && line.includes('/blobs/'))
  const firstTag = registry.requests.findIndex((line) => /^PUT .*\/manifests\/(1|latest)$/.test(line))
  expect(firstTag).toBeGreaterThan(lastBlob)
  const manifests = '/v2/team/app/manifests'
  expect(registry.requests).not.toContain(`PUT ${manifests}/${image.root.digest}`)
  registry.requests.length = 0
  await pushImage(image, request, context)
  const [first, ...others] = registry.requests
  expect([first, ...others.sort()]).toEqual([
    `HEAD ${manifests}/${image.root.digest}`,
    `PUT ${manifests}/1`,
    `PUT ${manifests}/latest`,
  ])
})

test('attestations are pushed before the tag; the error for a registry that refuses them has a hint', async ({
  store,
  registry,
}) => {
  await using client = createRegistryClient({ insecureRegistries: [registry.host], retry: { attempts: 1 } })
  const targets = [solved([layerOf(store, { f: file('x') })])]
  const attestations: AttestationForm = {
    statements: async () => [{ predicateType: 'https://example.test/p', predicate: {}, filename: 'p.json' }],
    place: 'beside',
    artifact: true,
    names: [],
  }
  const context = contextOf(store, targets, {
    image: () => assembleImage(targets, { ...plainForm, attestations }, store),
    repository: (reference) => client.repository(reference),
  })
  const image = await context.image()
  const request = { names: [`${registry.host}/app:1`], insecure: true, byDigest: false }
  await pushImage(image, request, context)
  const puts = registry.requests
    .filter((line) => line.startsWith('PUT /v2/app/manifests/'))
    .map((line) => line.slice(22))
  expect(puts).toEqual([image.root.digest, image.referrers[0]?.digest, image.root.digest.replace(':', '-'), '1'])
  registry.manifests.clear()
  registry.refused.add('application/vnd.docker.attestation.manifest.v1+json')
  await expect(pushImage(image, request, context)).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    hint: expect.stringContaining('oci-artifact=false'),
  })
  expect(registry.manifests.has('1')).toBe(false)
})

test('a new tag: the layers of a tag that the store knows are not asked about', async ({ store, registry }) => {
  await using client = createRegistryClient({ insecureRegistries: [registry.host] })
  const push = async (tag: string, ...layers: readonly string[]) => {
    const context = contextOf(store, [solved(layers.map((name) => layerOf(store, { [name]: file('x') })))], {
      repository: (reference) => client.repository(reference),
    })
    const image = await context.image()
    registry.requests.length = 0
    await pushImage(image, { names: [`${registry.host}/app:${tag}`], insecure: true, byDigest: false }, context)
    return image
  }
  const before = await push('1', 'a', 'b')
  await store.images.tag(before.root, `${registry.host}/app:1`)
  await push('2', 'a', 'b', 'c')
  expect(registry.requests).toContain('GET /v2/app/manifests/1')
  const asked = registry.requests.filter((line) => line.startsWith('HEAD /v2/app/blobs/'))
  // The new layer and the new config.
  expect(asked).toHaveLength(2)
})

test('by digest there is no tag', async ({ store, registry }) => {
  await using client = createRegistryClient({ insecureRegistries: [registry.host] })
  const context = contextOf(store, [solved([layerOf(store, { f: file('x') })])], {
    repository: (reference) => client.repository(reference),
  })
  const image = await context.image()
  const pushed = await pushImage(image, { names: [`${registry.host}/app:1`], insecure: true, byDigest: true }, context)
  expect(pushed).toEqual([`${registry.host}/app@${image.root.digest}`])
  expect([...registry.manifests.keys()]).toEqual([image.root.digest])
})
