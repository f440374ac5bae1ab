import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readAll } from '@tsbuild/content'
import { expect, onTestFinished, test } from 'vitest'
import { createRegistryClient, type RegistryClient } from '../client.ts'
import { type ChaosHandler, startChaos } from '../testing/chaos-server.ts'
import { sampleBlob } from '../testing/content.ts'
import { requestLarge } from './request-large.ts'

const blob = sampleBlob(20 * 1024 * 1024 + 3)
const size = blob.bytes.length
const isBlob = (url: string): boolean => url.includes('/blobs/')

async function pull(client: RegistryClient, registry: string): Promise<unknown> {
  try {
    const content = await client.repository({ registry, repository: 'app' }).open(blob.descriptor)
    return (await readAll(content, size)).length
  } catch (error) {
    return error
  }
}

/** A TCP server that gives each connection, after its request, to `answer`. */
async function startServer(
  answer: (socket: Socket) => unknown,
): Promise<{ readonly url: URL; readonly server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: new URL(`http://127.0.0.1:${address.port}/`), server }
}

function request(url: URL, signal?: AbortSignal): ReturnType<typeof requestLarge> {
  return requestLarge({ method: 'GET', url, headers: {}, ...(signal && { signal }) }, { timeout: 5000, tls: {} })
}

test('continues where a connection broke, without credentials elsewhere', async () => {
  await using storage = await startChaos(({ headers }, response, count) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': size - start,
      ...(start > 0 && { 'content-range': `bytes ${start}-${size - 1}/${size}` }),
    })
    if (count === 2) response.end(blob.bytes.subarray(start))
    else response.write(blob.bytes.subarray(start, start + 5_000_000), () => setTimeout(() => response.destroy(), 200))
  })
  await using server = await startChaos(({ headers, url }, response) => {
    if (headers.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    else response.writeHead(307, { location: `http://${storage.host}${url}` }).end()
  })
  await using client = createRegistryClient({
    keychain: { credentialFor: async () => ({ kind: 'basic', username: 'a', password: 'b' }) },
    retry: { delay: 1, maxDelay: 2 },
  })
  expect(await pull(client, server.host)).toBe(size)
  const received = storage.received.filter(({ url }) => isBlob(url))
  expect(received.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined])
  expect(received.slice(1).every(({ headers }) => /^bytes=[1-9]\d*-$/.test(headers.range ?? ''))).toBe(true)
})

test.each<[name: string, handle: ChaosHandler, error: object]>([
  ['wrong bytes', (_, response) => response.end(Buffer.alloc(size)), { code: 'DIGEST_MISMATCH' }],
  ['too few bytes', (_, response) => response.end(blob.bytes.subarray(1)), { code: 'SIZE_MISMATCH' }],
  ['missing content', (_, response) => response.writeHead(404).end(), { code: 'NOT_FOUND' }],
  ['a refusal', (_, response) => response.writeHead(403).end('{}'), { code: 'REGISTRY_DENIED', status: 403 }],
  ['silence', () => {}, { code: 'REGISTRY_TIMEOUT' }],
  ['a body that stops', (_, response) => void response.write(blob.bytes.subarray(0, 10)), { code: 'REGISTRY_TIMEOUT' }],
  [
    'an invalid size',
    ({ url }, response) => void (isBlob(url) && response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n')),
    { code: 'REGISTRY_UNREACHABLE' },
  ],
])('the error for %s', async (_, handle, error) => {
  await using server = await startChaos(handle)
  await using client = createRegistryClient({
    retry: { delay: 1, maxDelay: 2, attempts: 2 },
    timeouts: { idle: 500 },
  })
  expect(await pull(client, server.host)).toMatchObject(error)
})

test('a slow reader stops the sender', async () => {
  let sent = 0
  const { url } = await startServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 40}\r\n\r\n`)
    const chunk = Buffer.alloc(1 << 20)
    const more = (): void => {
      if (socket.destroyed) return
      sent += chunk.length
      socket.write(chunk, more)
    }
    more()
  })
  const { body } = await request(url)
  const iterator = body[Symbol.asyncIterator]()
  await iterator.next()
  await sleep(500)
  // Besides what is held here, the buffers of the system take some MiB.
  expect(sent).toBeLessThan(40 << 20)
  await iterator.return?.()
})

test('an abort ends the connection, before and behind the head', async () => {
  for (const head of ['', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n']) {
    const closed = Promise.withResolvers<void>()
    const { url } = await startServer((socket) => {
      socket.on('close', () => closed.resolve())
      socket.write(head)
    })
    const controller = new AbortController()
    const reading = request(url, controller.signal).then(({ body }) => readAll(body, 5))
    setTimeout(() => controller.abort(new Error('enough')), 100)
    await expect(reading).rejects.toThrow('enough')
    await closed.promise
  }
})

test('an interim answer and one without a size, byte by byte', async () => {
  const { url } = await startServer(async (socket) => {
    socket.setNoDelay(true)
    for (const byte of Buffer.from('HTTP/1.1 103 Early\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello')) {
      socket.write(Buffer.of(byte))
      await sleep(1)
    }
    socket.end()
  })
  const { status, body } = await request(url)
  expect([status, Buffer.from(await readAll(body, 5)).toString()]).toEqual([200, 'hello'])
})

test('an answer that is cut off in its head or body', async () => {
  for (const text of ['HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel']) {
    const { url } = await startServer((socket) => socket.end(text))
    await expect(request(url).then(({ body }) => readAll(body, 5))).rejects.toThrow('other side closed')
  }
})

test('a header cannot add another', async () => {
  const { url } = await startServer(() => {})
  const headers = { authorization: 'a\r\nx: b' }
  await expect(requestLarge({ method: 'GET', url, headers }, { timeout: 1000, tls: {} })).rejects.toThrow(
    'authorization',
  )
})
