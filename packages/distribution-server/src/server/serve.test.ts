import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf } from '@tsbuild/oci'
import { expect, onTestFinished, test } from 'vitest'
import { Authority } from '../auth/authority.ts'
import { onlyUser } from '../auth/passwords.ts'
import { openStorage } from '../directory/directory-storage.ts'
import type { RegistryStorage } from '../storage/storage.ts'
import { pushBlob, pushImage } from '../testing/push-image.ts'
import { temporaryDirectory } from '@tsbuild/content/testing'
import type { AccessRecord } from './access-record.ts'
import { type RunningServer, serve, type ServeOptions } from './serve.ts'

interface Started extends RunningServer {
  readonly storage: RegistryStorage
  readonly records: AccessRecord[]
  readonly url: string
}

async function start(
  options: Partial<ServeOptions> & { readonly password?: string; readonly readOnly?: boolean } = {},
): Promise<Started> {
  const storage = await openStorage(join(await temporaryDirectory(), 'registry'))
  const records: AccessRecord[] = []
  const { password, readOnly, ...rest } = options
  const users = password === undefined ? undefined : onlyUser('ann', password)
  const server = await serve({
    registry: {
      reader: storage,
      storage: readOnly ? undefined : storage,
      authority: new Authority({ users, anonymous: [] }),
    },
    address: '127.0.0.1',
    port: 0,
    onRequest: (record) => records.push(record),
    ...rest,
  })
  onTestFinished(async () => {
    server.destroy()
    await storage.close()
  })
  return { ...server, storage, records, url: `http://${server.host}` }
}

/** A connection, with everything that came back. */
async function dial({ host }: Started): Promise<{ readonly socket: Socket; text(): string; closed: Promise<unknown> }> {
  const socket = connect(Number(host.split(':')[1]), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  // Also after a reset, for which `once` would reject.
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  return { socket, text: () => text, closed }
}

test.each([
  ['/', 404],
  ['/v2/../../etc/passwd', 404],
  ['/v2/a/../b/manifests/1', 400],
  ['/v2/%2e%2e/manifests/1', 400],
  ['/v2/a%2f..%2f..%2fx/manifests/1', 400],
  ['/v2/a/manifests/..%2f..%2fx', 404],
  ['/v2/a/manifests/%00', 404],
  ['/v2/a/manifests/%zz', 400],
  ['/v2/a/blobs/sha256:..%2f..%2f..', 404],
  ['/v2/a/blobs/sha256:00', 400],
  ['/v2/a/blobs/uploads/..%2f..%2ftsbuild-registry', 404],
  ['/v2/a/blobs/uploads/not-an-id', 404],
  ['/v2/A/manifests/1', 400],
  [`/v2/${'a/'.repeat(900)}a/manifests/1`, 400],
  [`/v2/${'a'.repeat(3000)}/manifests/1`, 414],
  ['/v2/a/tags/other', 404],
  ['/token', 405],
])('GET %s is %i with an error of the specification', async (path, status) => {
  const server = await start()
  await pushImage(server.storage, 'a', { tags: ['1'] })
  const { socket, text } = await dial(server)
  // Not fetch, which would resolve the dots.
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  await once(socket, 'end')
  const [head = '', body = ''] = text().split('\r\n\r\n')
  expect(head).toContain(`HTTP/1.1 ${status} `)
  expect(JSON.parse(body)).toEqual({
    errors: [{ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) }],
  })
  expect(head).toContain('x-content-type-options: nosniff')
})

test('other methods are 405 with those that work', async () => {
  const { url, storage } = await start()
  await pushImage(storage, 'a', { tags: ['1'] })
  for (const method of ['POST', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const response = await fetch(`${url}/v2/a/manifests/1`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, DELETE'])
  }
})

test('a registry that is only read refuses every change', async () => {
  const { url } = await start({ readOnly: true })
  for (const [method, path] of [
    ['PUT', 'manifests/1'],
    ['DELETE', 'manifests/1'],
    ['DELETE', `blobs/sha256:${'a'.repeat(64)}`],
    ['POST', 'blobs/uploads/'],
    ['PATCH', 'blobs/uploads/x'],
  ]) {
    const response = await fetch(`${url}/v2/a/${path}`, { method: method ?? '' })
    expect(response.status).toBe(405)
    expect(await response.text()).toContain('the registry is read-only')
  }
})

test('a client without rights is refused before it sends its body', async () => {
  const server = await start({ password: 'secret' })
  const { socket, text } = await dial(server)
  socket.write(
    'POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n',
  )
  await expect.poll(text).toContain('HTTP/1.1 401 ')
  expect(text()).not.toContain('100 Continue')
  const allowed = await dial(server)
  const login = Buffer.from('ann:secret').toString('base64')
  const digest = `sha256:${'0'.repeat(64)}`
  allowed.socket.write(
    `POST /v2/a/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${login}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n`,
  )
  await expect.poll(allowed.text).toContain('HTTP/1.1 100 Continue')
  allowed.socket.write('abc')
  await expect.poll(allowed.text).toContain('DIGEST_INVALID')
})

test('a refused client that goes on sending is disconnected', async () => {
  const server = await start()
  const { socket, closed } = await dial(server)
  socket.write('PUT /v2/a/manifests/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n')
  const sending = setInterval(() => socket.write(randomBytes(1000)), 50)
  onTestFinished(() => clearInterval(sending))
  await closed
}, 30_000)

test('the address in a challenge is that of the request, or one that is given', async () => {
  const challengeOf = async (server: Started, hostHeader: string): Promise<string> => {
    const { socket, text } = await dial(server)
    socket.write(`GET /v2/ HTTP/1.1\r\nHost: ${hostHeader}\r\nConnection: close\r\n\r\n`)
    await once(socket, 'end')
    return /realm="([^"]*)"/.exec(text())?.[1] ?? ''
  }
  const server = await start({ password: 'secret' })
  expect(await challengeOf(server, 'registry.example:5000')).toBe('http://registry.example:5000/token')
  expect(await challengeOf(server, '[::1]:5000')).toBe('http://[::1]:5000/token')
  for (const hostile of ['a", realm="b', 'a/b', 'a@b', '../x', ''])
    expect(await challengeOf(server, hostile)).toBe(`${server.url}/token`)
  const proxied = await start({ password: 'secret', publicUrl: 'https://registry.example' })
  expect(await challengeOf(proxied, 'inner')).toBe('https://registry.example/token')
})

test('a client that sends its body too slowly is disconnected', async () => {
  const server = await start({ pace: { bytes: 1000, milliseconds: 300 } })
  const upload = await server.storage.beginUpload('a', 'sha256')
  const { socket, closed } = await dial(server)
  socket.write(`PATCH /v2/a/blobs/uploads/${upload.id} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n`)
  const dripping = setInterval(() => socket.write('x'), 50)
  onTestFinished(() => clearInterval(dripping))
  await closed
  await expect.poll(() => server.records.at(-1)?.error).toMatch(/^the client sent \d+ bytes in 0\.3 s/)
  expect(await upload.size()).toBeLessThan(1000)
})

test('a client that reads too slowly is disconnected, one that reads steadily is not', async () => {
  const server = await start({ pace: { bytes: 1000, milliseconds: 500 } })
  const bytes = randomBytes(20 << 20)
  const digest = await pushBlob(server.storage, 'a', bytes)
  const stuck = await dial(server)
  stuck.socket.pause()
  stuck.socket.write(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await expect.poll(() => server.records.at(-1)?.error, { timeout: 10_000 }).toMatch(/^the client read \d+ bytes/)
  const response = await fetch(`${server.url}/v2/a/blobs/${digest}`)
  let received = 0
  for await (const chunk of response.body ?? []) {
    received += chunk.length
    await sleep(1)
  }
  expect(received).toBe(bytes.length)
})

test('a client that breaks off frees its download and its upload', async () => {
  const server = await start()
  const digest = await pushBlob(server.storage, 'a', randomBytes(20 << 20))
  const reader = await dial(server)
  reader.socket.write(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await expect.poll(reader.text).toContain('200 OK')
  reader.socket.destroy()
  await expect.poll(() => server.records.at(-1)?.error).toBe('the client broke off')
  const upload = await server.storage.beginUpload('a', 'sha256')
  const writer = await dial(server)
  writer.socket.write(`PATCH /v2/a/blobs/uploads/${upload.id} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc`)
  await sleep(300)
  writer.socket.destroy()
  await expect
    .poll(() => server.records.at(-1))
    .toMatchObject({ status: 0, received: 3, error: 'the client broke off' })
  // The bytes that arrived are kept for the next attempt.
  await expect.poll(() => upload.size()).toBe(3)
})

test('close lets running requests end, and takes no more', async () => {
  const server = await start()
  const upload = await server.storage.beginUpload('a', 'sha256')
  const idle = await dial(server)
  const busy = await dial(server)
  busy.socket.write(`PATCH /v2/a/blobs/uploads/${upload.id} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`)
  await sleep(100)
  const closing = server.close()
  await idle.closed
  await expect(fetch(`${server.url}/v2/`)).rejects.toThrow()
  busy.socket.write('def')
  await closing
  await expect.poll(busy.text).toContain('HTTP/1.1 202 ')
  expect(await upload.size()).toBe(6)
})

test('a manifest and a blob in chunks of one byte', async () => {
  const server = await start()
  const text = JSON.stringify({ schemaVersion: 2, manifests: [], annotations: { a: 'x'.repeat(100_000) } })
  const inBytes = (body: string): string => [...body].map((character) => `1\r\n${character}\r\n`).join('')
  const manifest = await dial(server)
  const type = 'Content-Type: application/vnd.oci.image.index.v1+json'
  manifest.socket.write(`PUT /v2/a/manifests/1 HTTP/1.1\r\nHost: x\r\n${type}\r\nTransfer-Encoding: chunked\r\n\r\n`)
  manifest.socket.write(`${inBytes(text)}0\r\n\r\n`)
  await expect.poll(manifest.text, { timeout: 10_000 }).toContain('HTTP/1.1 201 ')
  const digest = digestOf(text)
  expect(await (await fetch(`${server.url}/v2/a/manifests/${digest}`)).text()).toBe(text)
  const blob = await dial(server)
  blob.socket.write(
    `POST /v2/a/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  blob.socket.write(`${inBytes(text)}0\r\n\r\n`)
  await expect.poll(blob.text, { timeout: 10_000 }).toContain('HTTP/1.1 201 ')
})

test('records have the user, the bytes and the reason of a refusal', async () => {
  const { url, records } = await start({ password: 'secret' })
  const headers = { authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}`, 'user-agent': 'probe' }
  await (await fetch(`${url}/v2/`, { headers })).text()
  await (await fetch(`${url}/v2/none/tags/list?n=1`, { headers })).text()
  await expect.poll(() => records.length).toBe(2)
  expect(records).toEqual([
    expect.objectContaining({ method: 'GET', target: '/v2/', status: 200, sent: 3, user: 'ann', agent: 'probe' }),
    expect.objectContaining({
      target: '/v2/none/tags/list?n=1',
      status: 404,
      user: 'ann',
      error: 'no repository "none"',
    }),
  ])
})

test('tokens: with a password, anonymous, and by a form', async () => {
  const { url } = await start({ password: 'secret' })
  const authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`
  const answer = await fetch(`${url}/token?service=x&scope=repository:a:pull,push`, { headers: { authorization } })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const { token, expires_in }: { token: string; expires_in: number } = JSON.parse(await answer.text())
  expect(expires_in).toBe(300)
  const begin = (bearer: string): Promise<Response> =>
    fetch(`${url}/v2/a/blobs/uploads/`, { method: 'POST', headers: { authorization: `Bearer ${bearer}` } })
  expect((await begin(token)).status).toBe(202)
  const form = { grant_type: 'password', username: 'ann', password: 'secret', scope: 'repository:a:push' }
  const posted = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token }: { access_token: string } = JSON.parse(await posted.text())
  // A push needs the rights of a pull as well.
  expect((await begin(access_token)).status).toBe(401)
  const wrong = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams({ ...form, password: 'x' }) })
  expect(wrong.status).toBe(401)
  const free = await fetch(`${url}/token?scope=repository:a:push`)
  const anonymous: { token: string } = JSON.parse(await free.text())
  expect((await begin(anonymous.token)).status).toBe(401)
})
