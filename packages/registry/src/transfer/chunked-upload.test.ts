import { expect, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import { startChaos, type Received } from '../testing/chaos-server.ts'
import { sampleBlob } from '../testing/content.ts'

const mebibyte = 1024 * 1024
const blob = sampleBlob(10 * mebibyte)

interface Pushed {
  readonly error: unknown
  /** `METHOD` of each request, with its Content-Range if it has one. */
  readonly requests: readonly string[]
  /** Bytes that the registry has at the end. */
  readonly content: Buffer
}

/**
 * Chooses the status of a PATCH or GET, of which `count` PATCHes came before. 0 cuts the
 * connection, undefined leaves the answer to a correct registry.
 */
type Fault = (request: Received, count: number, session: { content: Buffer }) => number | undefined

/** Pushes the blob to a registry that takes chunks. */
async function push(fault: Fault): Promise<Pushed> {
  const session = { content: Buffer.alloc(0) }
  let patches = 0
  let uploads = 0
  await using server = await startChaos((request, response) => {
    const { method, headers, body } = request
    const progress = (): Record<string, string> => ({
      location: `/v2/app/blobs/uploads/${uploads}`,
      range: `0-${Math.max(0, session.content.length - 1)}`,
    })
    if (method === 'HEAD') return response.writeHead(404).end()
    if (method === 'POST') {
      session.content = Buffer.alloc(0)
      uploads++
      return response.writeHead(202, progress()).end()
    }
    if (method === 'GET') {
      const status = fault(request, patches, session)
      return response.writeHead(status ?? 204, progress()).end()
    }
    if (method === 'PUT') {
      session.content = Buffer.concat([session.content, body])
      return response.writeHead(201).end()
    }
    const status = fault(request, patches++, session)
    if (status === 0) return response.destroy()
    if (status !== undefined) return response.writeHead(status).end()
    const start = Number(/^(\d+)-/.exec(headers['content-range'] ?? '0-')?.[1])
    if (start !== session.content.length) return response.writeHead(416, progress()).end()
    session.content = Buffer.concat([session.content, body])
    return response.writeHead(202, progress()).end()
  })
  await using client = createRegistryClient({ retry: { delay: 1, maxDelay: 2, attempts: 4 } })
  const repository = client.repository({ registry: server.host, repository: 'app' })
  const error = await repository.put(blob.descriptor, blob.content).catch((failed: unknown) => failed)
  const requests = server.received.map(({ method, headers }) => `${method} ${headers['content-range'] ?? ''}`.trim())
  return { error, requests: requests.slice(1), content: session.content }
}

test('a large blob is one PATCH and an empty PUT', async () => {
  const { error, requests, content } = await push(() => undefined)
  expect(error).toBeUndefined()
  expect(requests).toEqual(['POST', 'PATCH', 'PUT'])
  expect(content.equals(blob.bytes)).toBe(true)
})

test.each([0, 401, 429, 500, 503])('continues behind the bytes that the registry has after %d', async (status) => {
  const { error, requests, content } = await push(({ method, body }, count, session) => {
    if (method !== 'PATCH' || count > 0) return undefined
    session.content = body.subarray(0, 3 * mebibyte)
    return status
  })
  expect(error).toBeUndefined()
  expect(requests).toEqual(['POST', 'PATCH', 'GET', `PATCH ${3 * mebibyte}-${10 * mebibyte - 1}`, 'PUT'])
  expect(content.equals(blob.bytes)).toBe(true)
})

test('begins anew when the registry has forgotten the upload', async () => {
  const { error, requests, content } = await push(({ method }, count) => {
    if (count > 1) return undefined
    return method === 'GET' ? 404 : count === 0 ? 0 : undefined
  })
  expect(error).toBeUndefined()
  expect(requests.slice(0, 4)).toEqual(['POST', 'PATCH', 'GET', 'POST'])
  expect(content.equals(blob.bytes)).toBe(true)
})

test('sends smaller chunks where a body is too large', async () => {
  const { error, requests, content } = await push(({ method, body }) =>
    method === 'PATCH' && body.length > mebibyte ? 413 : undefined,
  )
  expect(error).toBeUndefined()
  expect(requests.filter((line) => line.startsWith('PATCH'))).toHaveLength(12)
  expect(requests.at(-1)).toBe('PUT')
  expect(content.equals(blob.bytes)).toBe(true)
})

test('a registry that takes nothing is asked a bounded number of times', async () => {
  const { error, requests } = await push(({ method }) => (method === 'PATCH' ? 503 : undefined))
  expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  expect(requests.filter((line) => line.startsWith('PATCH'))).toHaveLength(4)
})
