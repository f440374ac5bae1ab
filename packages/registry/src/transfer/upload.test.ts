import { Readable } from 'node:stream'
import type { Bytes } from '@tsbuild/content'
import { expect, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import type { RetryEvent } from '../middleware/retry.ts'
import { startChaos, type Received } from '../testing/chaos-server.ts'
import { sampleBlob, type Sample } from '../testing/content.ts'
import { repeat } from './reopen.ts'

const small = sampleBlob(1000)
const large = sampleBlob(1_500_000)

interface Pushed {
  readonly error: unknown
  readonly puts: readonly Received[]
  readonly retries: readonly RetryEvent[]
}

/**
 * Pushes to a registry that answers the PUTs with these statuses in turn; 0 cuts the connection.
 */
async function push(
  blob: Sample,
  statuses: readonly number[],
  content: Bytes = blob.content,
  body: object = {},
): Promise<Pushed> {
  let puts = 0
  await using server = await startChaos(({ method }, response, count) => {
    if (method === 'HEAD') return response.writeHead(404).end()
    if (method === 'POST') return response.writeHead(202, { location: `uploads/${count}?_state=a%20b+c~` }).end()
    const status = statuses[puts++] ?? 201
    return status === 0 ? response.destroy() : response.writeHead(status).end(JSON.stringify(body))
  })
  const retries: RetryEvent[] = []
  await using client = createRegistryClient({
    retry: { delay: 1, maxDelay: 2, attempts: 3 },
    onRetry: (event) => retries.push(event),
  })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  const error = await repository.put(blob.descriptor, content).catch((failed: unknown) => failed)
  return { error, retries, puts: server.received.filter(({ method }) => method === 'PUT') }
}

test('sends everything in one PUT to the place the registry names, query untouched', async () => {
  const { error, puts } = await push(large, [])
  expect(error).toBeUndefined()
  expect(puts).toHaveLength(1)
  expect(puts[0]?.body.equals(large.bytes)).toBe(true)
  expect(puts[0]?.headers['content-length']).toBe('1500000')
  expect(puts[0]?.headers['transfer-encoding']).toBeUndefined()
  expect(puts[0]?.url).toBe(
    `/v2/app/blobs/uploads/uploads/1?_state=a%20b+c~&digest=${encodeURIComponent(large.descriptor.digest)}`,
  )
})

test.each([0, 401, 429, 503])('begins anew with a new upload after %d', async (status) => {
  for (const blob of [small, large]) {
    const { error, puts, retries } = await push(blob, [status])
    expect(error).toBeUndefined()
    expect(retries).toMatchObject([{ attempt: 1, request: expect.stringMatching(/^PUT http:/) }])
    expect(puts).toHaveLength(2)
    expect(puts[1]?.url).not.toBe(puts[0]?.url)
    expect(puts[1]?.body.equals(blob.bytes)).toBe(true)
  }
})

test('gives up after the last attempt', async () => {
  const { error, puts } = await push(large, [503, 503, 503])
  expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', temporary: true })
  expect(puts).toHaveLength(3)
})

test('does not repeat what the registry refuses', async () => {
  const { error, puts } = await push(small, [403])
  expect(error).toMatchObject({ code: 'REGISTRY_DENIED' })
  expect(puts).toHaveLength(1)
})

test.each([
  [
    'a generator',
    () =>
      (async function* () {
        yield large.bytes
      })(),
  ],
  ['a stream', () => Readable.from(large.content)],
  ['a web stream', () => new Blob([new Uint8Array(large.bytes)]).stream()],
])('sends large content of %s once', async (_, open) => {
  const { error, puts } = await push(large, [503], open())
  expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', temporary: true })
  expect(puts).toHaveLength(1)
})

test.each([
  ['DIGEST_MISMATCH', Buffer.from(large.bytes).fill(0, 0, 1)],
  ['REGISTRY_PROTOCOL', large.bytes],
])('after DIGEST_INVALID the content is read again: %s', async (code, bytes) => {
  let readings = 0
  const content: Bytes = {
    [Symbol.asyncIterator]: async function* () {
      readings += 1
      yield bytes
    },
  }
  const errors = [{ code: 'DIGEST_INVALID', message: 'other bytes' }]
  const { error, puts } = await push(large, [400], content, { errors })
  expect(error).toMatchObject({ code })
  expect([puts.length, readings]).toEqual([1, 2])
})

test.each([
  ['SIZE_MISMATCH', () => repeat(large.bytes.subarray(1))],
  ['DIGEST_MISMATCH', () => Readable.from(repeat(Buffer.alloc(large.bytes.length)))],
])('%s stops the upload before its end, where the content tells', async (code, open) => {
  const { error } = await push(large, [], open())
  expect(error).toMatchObject({ code })
})

test('closes content that need not be sent', async () => {
  await using server = await startChaos((_, response) => response.end())
  await using client = createRegistryClient()
  const stream = Readable.from(large.content)
  await client.repository({ registry: server.host, repository: 'app' }).put(large.descriptor, stream)
  expect(stream.destroyed).toBe(true)
  expect(server.received.map(({ method }) => method)).toEqual(['HEAD'])
})

test('one bound holds for all requests of an upload, those that open it included', async () => {
  const pushTo = async (answers: Readonly<Record<string, readonly number[]>>): Promise<readonly string[]> => {
    const counts: Record<string, number> = {}
    await using server = await startChaos(({ method }, response) => {
      if (method === 'HEAD') return response.writeHead(404).end()
      const statuses = answers[method] ?? []
      const status = statuses[Math.min(counts[method] ?? 0, statuses.length - 1)] ?? 503
      counts[method] = (counts[method] ?? 0) + 1
      return response.writeHead(status, { location: 'uploads/1' }).end()
    })
    await using client = createRegistryClient({ retry: { delay: 1, maxDelay: 2, attempts: 4 } })
    const repository = client.repository({ registry: server.host, repository: 'app' })
    await expect(repository.put(small.descriptor, small.content)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      attempts: 4,
      message: expect.stringMatching(/ \(4 attempts\)$/),
    })
    return server.received.map(({ method }) => method).filter((method) => method !== 'HEAD')
  }
  expect(await pushTo({ POST: [503] })).toEqual(['POST', 'POST', 'POST', 'POST'])
  expect(await pushTo({ POST: [503, 503, 202] })).toEqual(['POST', 'POST', 'POST', 'PUT', 'POST', 'PUT'])
  expect(await pushTo({ POST: [202] })).toEqual(Array.from({ length: 4 }, () => ['POST', 'PUT']).flat())
})
