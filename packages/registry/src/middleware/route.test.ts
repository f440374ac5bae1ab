import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchAll } from '@tsbuild/content'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRegistryClient, type RegistryClient } from '../client.ts'
import type { Keychain } from '../keychain/keychain.ts'
import type { Repository } from '../repository.ts'
import { type ChaosHandler, type ChaosServer, startChaos } from '../testing/chaos-server.ts'
import { sampleBlob, sampleManifest } from '../testing/content.ts'
import { createTransport } from '../transport.ts'
import type { MirrorEvent } from './route.ts'

const blob = sampleBlob(200_000)
const manifest = sampleManifest(blob.descriptor)
let home = ''

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-mirrors-'))
})
afterEach(() => rm(home, { recursive: true }))

/** Answers with the blob, or with the manifest for any tag. */
const serve: ChaosHandler = ({ url, method }, response) => {
  const { bytes, descriptor } = url.includes('/manifests/') ? manifest : blob
  response.writeHead(200, {
    'content-type': descriptor.mediaType,
    'docker-content-digest': descriptor.digest,
    'content-length': bytes.length,
  })
  response.end(method === 'HEAD' ? undefined : bytes)
}

const answer =
  (status: number): ChaosHandler =>
  (_, response) =>
    response.writeHead(status).end()

interface Scene {
  readonly app: Repository
  readonly client: RegistryClient
  readonly mirror: ChaosServer
  readonly hub: ChaosServer
  readonly events: readonly MirrorEvent[]
}

/** Docker Hub and a mirror below the path /hub of daemon.json, both on loopback. */
async function withMirror(
  { mirror: atMirror, hub: atHub = serve, keychain }: { mirror: ChaosHandler; hub?: ChaosHandler; keychain?: Keychain },
  action: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using mirror = await startChaos(atMirror)
  await using hub = await startChaos(atHub)
  await mkdir(join(home, '.config/docker'), { recursive: true })
  const settings = { 'registry-mirrors': [`http://${mirror.host}/hub/`] }
  await writeFile(join(home, '.config/docker/daemon.json'), JSON.stringify(settings))
  const events: MirrorEvent[] = []
  const transport = createTransport({
    proxies: { httpProxy: '', httpsProxy: '', noProxy: '' },
    connectTimeout: 1000,
    trusts: async () => false,
    certificates: async () => undefined,
  })
  await using client = createRegistryClient({
    env: { HOME: home },
    ...(keychain && { keychain }),
    retry: { attempts: 3, delay: 1 },
    onMirrorSkip: (event) => events.push(event),
    fetch: async (request) => {
      const { host, pathname } = request.url
      if (host !== 'registry-1.docker.io') return transport.fetch(request)
      const response = await transport.fetch({ ...request, url: new URL(`http://${hub.host}${pathname}`) })
      return { ...response, url: request.url }
    },
  })
  try {
    const app = client.repository({ registry: 'docker.io', repository: 'library/app' })
    await action({ app, client, mirror, hub, events })
  } finally {
    await transport.close()
  }
}

test('content comes from the mirror, tags included', () =>
  withMirror({ mirror: serve }, async ({ app, mirror, hub, events }) => {
    expect(await app.resolve('latest')).toEqual(manifest.descriptor)
    expect(await fetchAll(app, manifest.descriptor)).toEqual(manifest.bytes)
    expect(await fetchAll(app, blob.descriptor)).toEqual(blob.bytes)
    expect(mirror.received.map(({ url }) => url)).toEqual([
      '/hub/v2/library/app/manifests/latest',
      `/hub/v2/library/app/manifests/${manifest.descriptor.digest}`,
      `/hub/v2/library/app/blobs/${blob.descriptor.digest}`,
    ])
    expect([hub.received, events]).toEqual([[], []])
  }))

test('content that the mirror lacks comes from the registry, without a word', () =>
  withMirror({ mirror: answer(404) }, async ({ app, mirror, events }) => {
    expect(await fetchAll(app, blob.descriptor)).toEqual(blob.bytes)
    expect(await fetchAll(app, manifest.descriptor)).toEqual(manifest.bytes)
    expect(mirror.received).toHaveLength(2)
    expect(events).toEqual([])
  }))

test.each<[string, ChaosHandler, string]>([
  ['is in trouble', answer(503), '503 Service Unavailable'],
  ['refuses', answer(403), '403 Forbidden'],
  ['hangs up', (_, response) => response.destroy(), 'no answer from 127.0.0.1'],
  ['redirects for ever', (_, response) => response.writeHead(302, { location: '/x' }).end(), 'redirects'],
])('a mirror that %s is asked once, and is one event', (_, handler, reason) =>
  withMirror({ mirror: handler }, async ({ app, mirror, events }) => {
    await Promise.all([app.resolve('1'), app.resolve('2')])
    const asked = mirror.received.length
    expect(await fetchAll(app, blob.descriptor)).toEqual(blob.bytes)
    expect(mirror.received).toHaveLength(asked)
    expect(events).toEqual([{ mirror: mirror.host, registry: 'docker.io', reason: expect.stringContaining(reason) }])
  }),
)

test('the mirror gets credentials of its own host alone', async () => {
  const asked: string[] = []
  const keychain: Keychain = {
    credentialFor: async (registry) => {
      asked.push(registry)
      return registry === 'docker.io' ? { kind: 'basic', username: 'ann', password: 'pw' } : undefined
    },
  }
  const basic: ChaosHandler = (request, response, count) =>
    request.headers.authorization === undefined
      ? response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      : serve(request, response, count)
  await withMirror({ mirror: basic, hub: basic, keychain }, async ({ app, mirror, hub }) => {
    expect(await fetchAll(app, blob.descriptor)).toEqual(blob.bytes)
    expect(mirror.received.map(({ headers }) => headers.authorization)).toEqual([undefined])
    expect(hub.received.at(-1)?.headers.authorization).toBe(`Basic ${btoa('ann:pw')}`)
    expect(new Set(asked)).toEqual(new Set([mirror.host, 'docker.io']))
  })
})

test('a download that breaks at the mirror goes on at the registry', () =>
  withMirror(
    {
      mirror: (_, response) => {
        response.writeHead(200, { 'content-length': blob.bytes.length })
        response.write(blob.bytes.subarray(0, 100_000), () => setImmediate(() => response.destroy()))
      },
      hub: ({ headers }, response) => {
        const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1])
        const range = `bytes ${start}-${blob.bytes.length - 1}/${blob.bytes.length}`
        response.writeHead(206, { 'content-range': range }).end(blob.bytes.subarray(start))
      },
    },
    async ({ app, hub }) => {
      expect(await fetchAll(app, blob.descriptor)).toEqual(blob.bytes)
      expect(hub.received[0]?.headers.range).toMatch(/^bytes=[1-9]/)
    },
  ))

test('a mirror cannot pass other content off', () =>
  withMirror(
    { mirror: (_, response) => response.writeHead(200).end(Buffer.alloc(blob.bytes.length)) },
    async ({ app }) => {
      await expect(fetchAll(app, blob.descriptor)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
    },
  ))

test('questions before a push, pushes and other registries pass the mirror by', () =>
  withMirror({ mirror: serve, hub: answer(404) }, async ({ app, client, mirror, hub }) => {
    expect(await app.has(blob.descriptor)).toBe(false)
    expect(await app.has(manifest.descriptor)).toBe(false)
    await expect(app.put(blob.descriptor, blob.content)).rejects.toMatchObject({ status: 404 })
    await client
      .repository({ registry: hub.host, repository: 'library/app' })
      .resolve('latest')
      .catch(() => {})
    expect(mirror.received).toEqual([])
  }))
