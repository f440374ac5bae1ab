import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchAll } from '@tsbuild/content'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRegistryClient, type RegistryClient } from '../client.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { type ChaosHandler, startChaos } from '../testing/chaos-server.ts'
import { sampleBlob, sampleManifest } from '../testing/content.ts'

const blob = sampleBlob('hello')
const manifest = sampleManifest(blob.descriptor)
const name = { registry: 'registry.example', repository: 'team/app' }
let home = ''

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-router-'))
})
afterEach(() => rm(home, { recursive: true }))

/** A registry with a password that has and takes all, and starts uploads at a relative path. */
const registry: ChaosHandler = ({ url, method, headers }, response): unknown => {
  const { pathname } = new URL(url, 'http://registry')
  if (headers.authorization === undefined)
    return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
  if (method === 'POST') return response.writeHead(202, { location: `${pathname}1` }).end()
  if (method === 'PUT') return response.writeHead(201).end()
  const isManifest = pathname.includes('/manifests/')
  if (method === 'HEAD' && !isManifest) return response.writeHead(404).end()
  const { bytes, descriptor } = isManifest ? manifest : blob
  response.writeHead(200, {
    'content-type': descriptor.mediaType,
    'docker-content-digest': descriptor.digest,
    'content-length': bytes.length,
  })
  return response.end(method === 'HEAD' ? undefined : bytes)
}

const keychain: Keychain = {
  credentialFor: async (host, repository) => ({ kind: 'basic', username: `${host}/${repository}`, password: 'pw' }),
}

const users = (received: readonly { readonly headers: { readonly authorization?: string | undefined } }[]): unknown => [
  ...new Set(received.map(({ headers }) => headers.authorization && atob(headers.authorization.slice(6)))),
]

async function configure(file: string, text: string): Promise<RegistryClient> {
  await mkdir(join(home, '.config', file, '..'), { recursive: true })
  await writeFile(join(home, '.config', file), text)
  return createRegistryClient({ env: { HOME: home }, retry: { attempts: 1 }, keychain })
}

test('a location of registries.conf gets reads and pushes, a mirror only reads', async () => {
  await using origin = await startChaos(registry)
  await using mirror = await startChaos(registry)
  await using client = await configure(
    'containers/registries.conf',
    `[[registry]]
prefix = "registry.example/team"
location = "${origin.host}/inner"
[[registry.mirror]]
location = "${mirror.host}/copy"
`,
  )
  const app = client.repository(name)
  expect(await app.resolve('1.0')).toEqual(manifest.descriptor)
  expect(await fetchAll(app, blob.descriptor)).toEqual(blob.bytes)
  expect(origin.received).toEqual([])
  expect(new Set(mirror.received.map(({ url }) => url))).toEqual(
    new Set(['/v2/copy/app/manifests/1.0', `/v2/copy/app/blobs/${blob.descriptor.digest}`]),
  )
  const reads = mirror.received.length
  await app.put(blob.descriptor, blob.content)
  await app.pushManifest(manifest.descriptor, manifest.bytes, '1.1')
  expect(mirror.received).toHaveLength(reads)
  expect(
    origin.received.filter(({ method }) => method !== 'HEAD').map(({ method, url }) => `${method} ${url}`),
  ).toEqual([
    'POST /v2/inner/app/blobs/uploads/',
    `PUT /v2/inner/app/blobs/uploads/1?digest=${encodeURIComponent(blob.descriptor.digest)}`,
    'PUT /v2/inner/app/manifests/1.1',
  ])
  expect([users(mirror.received), users(origin.received)]).toEqual([
    [undefined, `${mirror.host}/copy/app:pw`],
    [undefined, `${origin.host}/inner/app:pw`],
  ])
})

test.each([
  ['digest-only', ['blobs']],
  ['tag-only', ['manifests', 'blobs']],
])('pull-from-mirror = "%s" is obeyed', async (pull, kinds) => {
  await using origin = await startChaos(registry)
  await using mirror = await startChaos(registry)
  await using client = await configure(
    'containers/registries.conf',
    `[[registry]]
location = "${origin.host}"
[[registry.mirror]]
location = "${mirror.host}"
pull-from-mirror = "${pull}"
`,
  )
  const app = client.repository({ ...name, registry: origin.host })
  if (pull === 'tag-only') {
    await fetchAll(app, blob.descriptor)
    expect(mirror.received).toEqual([])
  }
  await app.resolve('1.0')
  await fetchAll(app, blob.descriptor)
  expect([...new Set(mirror.received.map(({ url }) => url.split('/')[4]))]).toEqual(kinds)
})

test('a blocked registry gets no request', async () => {
  await using server = await startChaos(registry)
  await using client = await configure(
    'containers/registries.conf',
    `[[registry]]\nlocation = "${server.host}"\nblocked = true\n`,
  )
  const error = await client
    .repository({ ...name, registry: server.host })
    .resolve('1.0')
    .catch((caught: unknown) => caught)
  expect(error).toMatchObject({
    code: 'REGISTRY_BLOCKED',
    message: expect.stringContaining(`${server.host} is blocked in ${home}/.config/containers/registries.conf`),
  })
  expect(server.received).toEqual([])
})

test('hosts.toml has mirrors with a path and headers of their own, and learn the name of the registry', async () => {
  await using origin = await startChaos(registry)
  await using mirror = await startChaos(registry)
  await using client = await configure(
    'containerd/certs.d/registry.example/hosts.toml',
    `server = "http://${origin.host}"
[host."http://${mirror.host}/api/hub"]
override_path = true
capabilities = ["pull"]
[host."http://${mirror.host}/api/hub".header]
X-Key = "geheim"
`,
  )
  const app = client.repository(name)
  await app.resolve('1.0')
  await fetchAll(app, blob.descriptor)
  await app.put(blob.descriptor, blob.content)
  expect(new Set(mirror.received.map(({ url }) => url))).toEqual(
    new Set([`/api/hub/team/app/blobs/${blob.descriptor.digest}?ns=registry.example`]),
  )
  expect(mirror.received.every(({ headers }) => headers['x-key'] === 'geheim')).toBe(true)
  expect(origin.received.some(({ headers }) => 'x-key' in headers)).toBe(false)
  expect(new Set(origin.received.map(({ method }) => method))).toEqual(new Set(['HEAD', 'POST', 'PUT']))
})

test('registries.conf decides alone, before hosts.toml and daemon.json', async () => {
  await using first = await startChaos(registry)
  await using second = await startChaos(registry)
  await configure('docker/daemon.json', `{"registry-mirrors": ["http://${second.host}"]}`)
  await configure('containerd/certs.d/docker.io/hosts.toml', `[host."http://${second.host}"]`)
  await using client = await configure(
    'containers/registries.conf',
    `[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "${first.host}"\n`,
  )
  await client.repository({ registry: 'docker.io', repository: 'library/app' }).resolve('1.0')
  expect(first.received.at(-1)?.url).toBe('/v2/library/app/manifests/1.0')
  expect(second.received).toEqual([])
})

test('a path that an upload answers with cannot name another host', async () => {
  await using evil = await startChaos(registry)
  await using server = await startChaos((request, response, count) =>
    request.method === 'POST' && request.headers.authorization !== undefined
      ? response.writeHead(202, { location: `http://${server.host}//${evil.host}/x` }).end()
      : registry(request, response, count),
  )
  await using client = createRegistryClient({ env: { HOME: home }, retry: { attempts: 1 }, keychain })
  await client.repository({ ...name, registry: server.host }).put(blob.descriptor, blob.content)
  expect(evil.received).toEqual([])
  expect(server.received.at(-1)?.url).toMatch(new RegExp(`^//${evil.host}/x`))
})
