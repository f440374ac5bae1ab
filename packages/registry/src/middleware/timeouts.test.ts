import 'undici'
import { expect, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import { startChaos } from '../testing/chaos-server.ts'
import { sampleBlob } from '../testing/content.ts'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { defaultTimeouts, timeouts } from './timeouts.ts'
import { readAll } from '@tsbuild/content'

// Undici is imported above because loading it with the first request would take longer than this.
const short = { ...defaultTimeouts, connect: 1000, idle: 40, commit: 40 }
const request: HttpRequest = { method: 'GET', url: new URL('https://registry.example/'), headers: {} }

test('a registry that never answers ends with REGISTRY_TIMEOUT', async () => {
  await using server = await startChaos(() => {})
  await using client = createRegistryClient({ timeouts: { ...short, idle: 500 }, retry: { delay: 1 } })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  const { descriptor } = sampleBlob('x')
  await expect(repository.has(descriptor)).rejects.toMatchObject({
    code: 'REGISTRY_TIMEOUT',
    temporary: true,
    message: `check blob ${descriptor.digest} in ${server.host}/app: ${server.host} was silent for 0.5 s (2 attempts)`,
  })
  expect(server.received).toHaveLength(2)
})

test('a body that stops ends with REGISTRY_TIMEOUT', async () => {
  const { descriptor, bytes } = sampleBlob(1000)
  await using server = await startChaos((_, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write(bytes.subarray(0, 10))
  })
  await using client = createRegistryClient({ timeouts: short, retry: { delay: 1, attempts: 2 } })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  await expect(repository.open(descriptor).then((content) => readAll(content, 1000))).rejects.toMatchObject({
    code: 'REGISTRY_TIMEOUT',
  })
})

test('a body that trickles ends with REGISTRY_TIMEOUT, after two tries', async () => {
  const { descriptor, bytes } = sampleBlob(1000)
  await using server = await startChaos((_, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    let sent = 0
    const timer = setInterval(() => response.write(bytes.subarray(sent, ++sent)), 20)
    response.on('close', () => clearInterval(timer))
  })
  await using client = createRegistryClient({
    timeouts: { pace: { bytes: 100, milliseconds: 200 } },
    retry: { delay: 1 },
  })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  await expect(repository.open(descriptor).then((content) => readAll(content, 1000))).rejects.toMatchObject({
    code: 'REGISTRY_TIMEOUT',
    message: expect.stringMatching(
      /^pull blob sha256:\S+ from \S+: \S+ moved \d+ bytes in 0.2 s, which is too slow \(2 attempts\)$/,
    ),
  })
  expect(server.received).toHaveLength(2)
})

test('an upload that is never confirmed ends with REGISTRY_TIMEOUT', async () => {
  const { descriptor, content } = sampleBlob(100)
  await using server = await startChaos(({ method }, response) => {
    if (method === 'HEAD') response.writeHead(404).end()
    if (method === 'POST') response.writeHead(202, { location: '/v2/app/blobs/uploads/1' }).end()
  })
  await using client = createRegistryClient({ timeouts: short, retry: { delay: 1, attempts: 2 } })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  await expect(repository.put(descriptor, content)).rejects.toMatchObject({ code: 'REGISTRY_TIMEOUT' })
})

test("the time a consumer takes is not the registry's", async () => {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a')
    yield Buffer.from('b')
  }
  let aborted = false
  const send = timeouts(short)(async (one) => {
    one.signal?.addEventListener('abort', () => (aborted = true))
    return { status: 200, url: one.url, headers: new Headers(), body: body() }
  })
  for await (const _ of (await send(request)).body) await new Promise((resolve) => setTimeout(resolve, 100))
  expect(aborted).toBe(false)
})

test("the time content takes to be produced is not the registry's", async () => {
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a')
    await new Promise((resolve) => setTimeout(resolve, 100))
    yield Buffer.from('b')
  }
  const send = timeouts(short)(async (one): Promise<HttpResponse> => {
    if (one.body !== undefined) await readAll(one.body(), 10)
    return {
      status: one.signal?.aborted === true ? 500 : 201,
      url: one.url,
      headers: new Headers(),
      body: (async function* () {})(),
    }
  })
  expect((await send({ ...request, method: 'PUT', body: slow })).status).toBe(201)
})

test("the caller's own abort is reported as such", async () => {
  await using server = await startChaos(() => controller.abort(reason))
  const controller = new AbortController()
  const reason = new Error('enough')
  await using client = createRegistryClient({ signal: controller.signal })
  await expect(
    client.repository({ registry: server.host, repository: 'app' }).has(sampleBlob('x').descriptor),
  ).rejects.toBe(reason)
})

test('the defaults give a registry 30 seconds', () => {
  expect(defaultTimeouts.idle).toBe(30_000)
})
