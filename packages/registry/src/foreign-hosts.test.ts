import { mkdir, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { readAll } from '@tsbuild/content'
import { temporaryDirectory } from '@tsbuild/content/testing'
import { codeOf } from '@tsbuild/errors'
import { expect, test } from 'vitest'
import { createRegistryClient, type RegistryClient } from './client.ts'
import { type ChaosHandler, type ChaosServer, startChaos } from './testing/chaos-server.ts'
import { sampleBlob, sampleManifest } from './testing/content.ts'

// A registry that demands a token keeps its blobs on another host, and has a mirror that does the
// same. A file gives a header to each of the two. Every host fails in several ways, and each must
// see its own credentials and header only.

const small = sampleBlob(300_000)
/** Received over a connection of its own. */
const large = sampleBlob(9 << 20)

const login = { kind: 'basic', username: 'ann', password: 'correct horse' } as const
const basic = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
const bearer = 'Bearer token-of-the-origin'

/** Faults of the host with the blobs, and the code that a pull ends with. */
const storageFaults = [
  ['none', 'done'],
  ['one 500', 'done'],
  ['500', 'REGISTRY_UNAVAILABLE'],
  ['one reset', 'done'],
  ['wrong byte', 'DIGEST_MISMATCH'],
  ['challenge', 'REGISTRY_UNAUTHORIZED'],
  ['loop', 'REGISTRY_PROTOCOL'],
  ['redirect back', 'done'],
] as const

const mirrorFaults = ['absent', '500', 'reset', 'cut', 'redirect'] as const

interface Hosts extends AsyncDisposable {
  readonly origin: ChaosServer
  readonly mirror: ChaosServer
  readonly storage: ChaosServer
  readonly client: RegistryClient
}

type StorageFault = (typeof storageFaults)[number][0]
type MirrorFault = (typeof mirrorFaults)[number]

const cases = mirrorFaults.flatMap((mirror) => storageFaults.map(([storage, end]) => [mirror, storage, end] as const))

test.each(cases)('pull with a mirror: %s, blobs of another host: %s', async (mirrorFault, storageFault, end) => {
  const blob = mirrorFault === 'absent' || mirrorFault === 'redirect' ? large : small
  await using hosts = await startHosts({ blob, mirrorFault, storageFault })
  const { origin, mirror, storage, client } = hosts
  const repository = client.repository({ registry: origin.host, repository: 'app' })
  const pull = async (): Promise<Uint8Array> => {
    const manifest = await repository.resolve('1.0')
    await readAll(await repository.open(manifest), manifest.size)
    return readAll(await repository.open(blob.descriptor), blob.descriptor.size)
  }
  const outcome = await pull().catch((error: unknown) => error)
  expect(outcome instanceof Error ? codeOf(outcome, 'INTERNAL') : 'done').toBe(end)
  if (outcome instanceof Uint8Array) expect(Buffer.compare(outcome, blob.bytes)).toBe(0)
  expectNoLeak(hosts)
  expect(mirror.received.length).toBeGreaterThan(0)
  expect(storage.received.length).toBeGreaterThan(0)
  expect(storage.received.length + origin.received.length).toBeLessThan(60)
  if (mirrorFault !== 'redirect') {
    // Else the credentials were not there to leak.
    expect(origin.received.map(({ headers }) => headers['authorization'])).toEqual(
      expect.arrayContaining([basic, bearer]),
    )
  }
})

test.each([
  ['none', 'done'],
  ['one 500', 'done'],
  ['500', 'REGISTRY_UNAVAILABLE'],
  ['one reset', 'done'],
  ['challenge', 'REGISTRY_UNAUTHORIZED'],
] as const)('push to an upload at another host: %s', async (storageFault, end) => {
  await using hosts = await startHosts({ blob: small, mirrorFault: 'absent', storageFault })
  const repository = hosts.client.repository({ registry: hosts.origin.host, repository: 'new' })
  const outcome = await repository.put(small.descriptor, small.content).catch((error: unknown) => error)
  expect(outcome instanceof Error ? codeOf(outcome, 'INTERNAL') : 'done').toBe(end)
  const stored = hosts.storage.received.filter(({ body }) => body.equals(small.bytes))
  if (end === 'done') expect(stored.length).toBeGreaterThan(0)
  expectNoLeak(hosts)
})

/** Checks that credentials and headers reach only the hosts that they are for. */
function expectNoLeak({ origin, mirror, storage }: Hosts): void {
  const valuesOf = (server: ChaosServer, name: keyof IncomingHttpHeaders): ReadonlySet<unknown> =>
    new Set(server.received.map(({ headers }) => headers[name]))
  const isOnly = (values: ReadonlySet<unknown>, allowed: readonly unknown[]): void =>
    expect([...values].filter((value) => !allowed.includes(value))).toEqual([])
  isOnly(valuesOf(storage, 'authorization'), [undefined])
  isOnly(valuesOf(storage, 'x-own'), [undefined])
  isOnly(valuesOf(mirror, 'authorization'), [undefined])
  isOnly(valuesOf(mirror, 'x-own'), ['mirror'])
  // A redirect of the mirror may lead to the origin.
  isOnly(valuesOf(origin, 'x-own'), ['origin', undefined])
  isOnly(valuesOf(origin, 'authorization'), [bearer, basic, undefined])
}

async function startHosts({
  blob,
  mirrorFault,
  storageFault,
}: {
  readonly blob: typeof small
  readonly mirrorFault: MirrorFault
  readonly storageFault: StorageFault
}): Promise<Hosts> {
  const stack = new AsyncDisposableStack()
  const manifest = sampleManifest(blob.descriptor)
  const sendManifest = (response: ServerResponse): void => {
    const { mediaType, digest, size } = manifest.descriptor
    const headers = { 'content-type': mediaType, 'docker-content-digest': digest, 'content-length': size }
    response.writeHead(200, headers).end(manifest.bytes)
  }
  const storage = stack.use(await startChaos(storageHandler(storageFault, blob.bytes, () => origin.host)))
  const away = (response: ServerResponse): void =>
    void response.writeHead(307, { location: `http://${storage.host}/${blob.descriptor.digest}?signature=1` }).end()
  const origin: ChaosServer = stack.use(
    await startChaos(({ method, url, headers }, response) => {
      if (url.startsWith('/token')) {
        const isKnown = headers.authorization === basic
        return response.writeHead(isKnown ? 200 : 401).end(isKnown ? '{"token":"token-of-the-origin"}' : '')
      }
      if (url.endsWith('?open')) return sendPart(response, blob.bytes, headers.range)
      if (headers.authorization !== bearer) {
        const realm = `Bearer realm="http://${headers.host}/token",service="test"`
        return response.writeHead(401, { 'www-authenticate': realm }).end()
      }
      if (method === 'POST')
        return response.writeHead(202, { location: `http://${storage.host}/upload?signature=1` }).end()
      if (url.includes('/manifests/')) return sendManifest(response)
      return url.startsWith('/v2/new/') ? response.writeHead(404).end() : away(response)
    }),
  )
  const mirror = stack.use(
    await startChaos(({ url, headers }, response) => {
      if (mirrorFault === 'absent') return response.writeHead(404).end()
      if (mirrorFault === '500') return response.writeHead(500).end()
      if (mirrorFault === 'reset') return response.destroy()
      if (url.includes('/manifests/')) return sendManifest(response)
      return mirrorFault === 'redirect' ? away(response) : cut(response, blob.bytes, headers.range)
    }),
  )
  const home = await temporaryDirectory()
  const folder = join(home, '.config/containerd/certs.d', origin.host)
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'hosts.toml'),
    `server = "http://${origin.host}"
[header]
x-own = "origin"
[host."http://${mirror.host}"]
capabilities = ["pull", "resolve"]
[host."http://${mirror.host}".header]
x-own = "mirror"
`,
  )
  const client = stack.use(
    createRegistryClient({
      env: { HOME: home },
      keychain: { credentialFor: async (registry) => (registry === origin.host ? login : undefined) },
      retry: { attempts: 3, delay: 1, maxDelay: 2 },
    }),
  )
  return { origin, mirror, storage, client, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function storageHandler(fault: StorageFault, bytes: Uint8Array, origin: () => string): ChaosHandler {
  return ({ method, url, headers }, response, count) => {
    if (fault === '500' || (fault === 'one 500' && count === 0)) return response.writeHead(500).end()
    if (fault === 'challenge') {
      const realm = `Bearer realm="http://${headers.host}/token",service="test"`
      return response.writeHead(401, { 'www-authenticate': count % 2 === 0 ? realm : 'Basic realm="x"' }).end()
    }
    if (fault === 'loop') return response.writeHead(307, { location: url }).end()
    if (method === 'PUT' || method === 'PATCH')
      return fault === 'one reset' && count === 0 ? response.destroy() : response.writeHead(201).end()
    if (fault === 'redirect back')
      return response.writeHead(307, { location: `http://${origin()}/v2/app/blobs/x?open` }).end()
    if (fault === 'one reset' && count === 0) return cut(response, bytes, headers.range)
    const sent = Buffer.from(bytes)
    if (fault === 'wrong byte') sent.writeUInt8(sent.readUInt8(sent.length - 1) ^ 1, sent.length - 1)
    sendPart(response, sent, headers.range)
  }
}

function sendPart(response: ServerResponse, bytes: Uint8Array, range: string | undefined): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  const headers = { 'content-length': bytes.length - start }
  const part = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }
  response.writeHead(start > 0 ? 206 : 200, { ...headers, ...(start > 0 && part) }).end(bytes.subarray(start))
}

/** Sends the first half of the blob and ends the connection. */
function cut(response: ServerResponse, bytes: Uint8Array, range: string | undefined): void {
  if (range !== undefined) return sendPart(response, bytes, range)
  response.writeHead(200, { 'content-length': bytes.length })
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
}
