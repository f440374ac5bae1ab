import { readAll } from '@tsbuild/content'
import { expect, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import type { RetryEvent } from '../middleware/retry.ts'
import { startChaos, type ChaosHandler } from '../testing/chaos-server.ts'
import { sampleBlob } from '../testing/content.ts'

const blob = sampleBlob(300_000)

/**
 * The bytes, or the error, of pulling `blob` from a registry that answers like this, and the Range
 * headers it got.
 */
async function pull(handle: ChaosHandler): Promise<{ outcome: unknown; ranges: readonly (string | undefined)[] }> {
  await using server = await startChaos(handle)
  await using client = createRegistryClient({ retry: { delay: 1, maxDelay: 2, attempts: 3 } })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  const outcome = await repository
    .open(blob.descriptor)
    .then((content) => readAll(content, blob.bytes.length))
    .catch((error: unknown) => error)
  return { outcome, ranges: server.received.map(({ headers }) => headers.range) }
}

/**
 * Sends `bytes` as all that is left of the blob, but breaks the connection after `length` of them.
 */
function breakAfter(length: number, ranges = true): ChaosHandler {
  return ({ headers }, response) => {
    const start = ranges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0
    const rest = blob.bytes.subarray(start)
    const partial = start > 0 ? { 'content-range': `bytes ${start}-${blob.bytes.length - 1}/${blob.bytes.length}` } : {}
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...partial })
    if (rest.length <= length) response.end(rest)
    else response.write(rest.subarray(0, length), () => setImmediate(() => response.destroy()))
  }
}

test('continues where the connection broke', async () => {
  const { outcome, ranges } = await pull(breakAfter(120_000))
  expect(outcome).toEqual(blob.bytes)
  expect(ranges).toHaveLength(3)
  expect(ranges[0]).toBeUndefined()
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
})

test('skips what it has when the registry begins anew', async () => {
  let count = 0
  const { outcome, ranges } = await pull((request, response, index) =>
    (count++ === 0 ? breakAfter(100_000) : breakAfter(1e9, false))(request, response, index),
  )
  expect(outcome).toEqual(blob.bytes)
  expect(ranges).toHaveLength(2)
})

test('gives up on a line that always breaks', async () => {
  const { outcome, ranges } = await pull(breakAfter(10))
  expect(outcome).toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining(`pull blob ${blob.descriptor.digest} from `),
  })
  expect(ranges).toHaveLength(3)
})

test('refuses an answer that leaves a gap', async () => {
  const { outcome } = await pull((request, response, index) => {
    if (index === 0) return breakAfter(1000)(request, response, index)
    response.writeHead(206, { 'content-range': 'bytes 200000-299999/300000' }).end(blob.bytes.subarray(200_000))
  })
  expect(outcome).toMatchObject({ code: 'REGISTRY_PROTOCOL' })
})

test('wrong bytes are DIGEST_MISMATCH', async () => {
  const { outcome } = await pull((_, response) => response.end(Buffer.alloc(blob.bytes.length)))
  expect(outcome).toMatchObject({ code: 'DIGEST_MISMATCH' })
})

test('too few bytes are SIZE_MISMATCH', async () => {
  const { outcome } = await pull((_, response) => response.end(blob.bytes.subarray(1)))
  expect(outcome).toMatchObject({ code: 'SIZE_MISMATCH' })
})

test('a registry that sends without end is cut off', async () => {
  const { outcome } = await pull((_, response) => {
    const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536), () => setImmediate(more)))
    response.writeHead(200)
    more()
  })
  expect(outcome).toMatchObject({ code: 'SIZE_MISMATCH' })
})

test('what is not there is NOT_FOUND', async () => {
  const { outcome } = await pull((_, response) => response.writeHead(404).end())
  expect(outcome).toMatchObject({ code: 'NOT_FOUND' })
})

test('follows a redirect to other storage without telling it who we are', async () => {
  await using storage = await startChaos((_, response) => response.end(blob.bytes))
  await using server = await startChaos(({ headers }, response) => {
    if (headers.authorization === undefined)
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    return response.writeHead(307, { location: `http://${storage.host}/blob?signature=1` }).end()
  })
  await using client = createRegistryClient({
    keychain: { credentialFor: async () => ({ kind: 'basic', username: 'a', password: 'b' }) },
  })
  const content = await client.repository({ registry: server.host, repository: 'app' }).open(blob.descriptor)
  expect(await readAll(content, blob.bytes.length)).toEqual(blob.bytes)
  expect(server.received[1]?.headers.authorization).toBe('Basic YTpi')
  expect(storage.received[0]?.url).toBe('/blob?signature=1')
  expect(storage.received[0]?.headers.authorization).toBeUndefined()
})

test('waits when asked to and then gets it', async () => {
  const { outcome, ranges } = await pull((_, response, count) =>
    count === 0 ? response.writeHead(429, { 'retry-after': '0' }).end() : response.end(blob.bytes),
  )
  expect(outcome).toEqual(blob.bytes)
  expect(ranges).toHaveLength(2)
})

test('content that is discarded unread closes its connection', async () => {
  const closed = Promise.withResolvers<void>()
  await using server = await startChaos((_, response) => {
    response.on('close', closed.resolve)
    response.writeHead(200, { 'content-length': blob.bytes.length }).write(blob.bytes.subarray(0, 1000))
  })
  await using client = createRegistryClient()
  const content = await client.repository({ registry: server.host, repository: 'app' }).open(blob.descriptor)
  await content[Symbol.asyncIterator]().return?.()
  await closed.promise
})

test('reports that it continues', async () => {
  const events: RetryEvent[] = []
  await using server = await startChaos(breakAfter(120_000))
  await using client = createRegistryClient({
    retry: { delay: 1, maxDelay: 2, attempts: 3 },
    onRetry: (event) => events.push(event),
  })
  const content = await client.repository({ registry: server.host, repository: 'app' }).open(blob.descriptor)
  await readAll(content, blob.bytes.length)
  expect(events.map(({ attempt }) => attempt)).toEqual([1, 2])
  expect(events[0]).toMatchObject({
    host: server.host,
    request: `GET http://${server.host}/v2/app/blobs/${blob.descriptor.digest}`,
    asked: false,
  })
})
