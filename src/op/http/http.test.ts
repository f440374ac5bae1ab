import { readdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { readAll } from '@tsbuild/content'
import { digestOf } from '@tsbuild/oci'
import { expect } from 'vitest'
import type { HttpOp } from '../../graph/op.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { test as storeTest } from '../../layer/testing/store.ts'
import { httpExecutor } from './http.ts'
import { httpSource } from './http-source.ts'
import { stepContext as context } from '../testing/step-context.ts'

const lastModified = 'Sun, 09 Sep 2001 01:46:40 GMT'

interface Server {
  readonly url: string
  /** Current content of `/f`. */
  content: string
  readonly requests: IncomingMessage[]
}

const test = storeTest.extend<{ server: Server }>({
  server: async ({}, use) => {
    const http = createServer((request, response) => answer(server, request, response))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const address = http.address()
    const server: Server = {
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
      content: 'one',
      requests: [],
    }
    await use(server)
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  },
})

function answer(server: Server, request: IncomingMessage, response: ServerResponse): void {
  server.requests.push(request)
  const etag = `"${server.content}"`
  if (request.url === '/moved') return void response.writeHead(302, { location: '/f' }).end()
  if (!request.url?.startsWith('/f')) return void response.writeHead(404).end()
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
  response.writeHead(200, { etag, 'last-modified': lastModified }).end(server.content)
}

function download(store: LayerStore, secrets: Readonly<Record<string, string>> = {}) {
  const secret = async (id: string) => (secrets[id] === undefined ? undefined : Buffer.from(secrets[id]))
  // An executor lives as long as one build.
  const executor = httpExecutor(store, httpSource(store, { fetch, secret }))
  const read = async (op: HttpOp) => {
    const [layer] = await executor.run(op, [], context)
    const change = (await layer?.diff())?.get(op.filename)
    if (change?.type !== 'set' || change.entry.type !== 'file') throw new Error('no file')
    return { ...change.entry, text: Buffer.from(await readAll(change.entry.content.open(), 1000)).toString() }
  }
  return { read, key: (op: HttpOp) => executor.key(op, context) }
}
const op = (url: string, more: Partial<HttpOp> = {}): HttpOp => ({ kind: 'http', url, filename: 'f', ...more })

test('a download is one private file with the date of the server', async ({ store, server }) => {
  expect(await download(store).read(op(`${server.url}/moved`))).toMatchObject({
    text: 'one',
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: 1_000_000_000,
  })
})

test('a URL is asked once a build, and only for news in the next one', async ({ store, server }) => {
  const first = download(store)
  const keys = [await first.key(op(`${server.url}/f`)), await first.key(op(`${server.url}/f`))]
  await first.read(op(`${server.url}/f`))
  expect(server.requests).toHaveLength(1)
  keys.push(await download(store).key(op(`${server.url}/f`)))
  expect(server.requests[1]?.headers['if-none-match']).toBe('"one"')
  server.content = 'two'
  expect((await download(store).read(op(`${server.url}/f`))).text).toBe('two')
  keys.push(await download(store).key(op(`${server.url}/f`)))
  expect([new Set(keys.slice(0, 3)).size, new Set(keys).size]).toEqual([1, 2])
})

test('a checksum is checked, and content that has it already is not requested', async ({ store, server }) => {
  const pinned = op(`${server.url}/f`, { checksum: digestOf('one') })
  await download(store).read(pinned)
  server.content = 'two'
  expect((await download(store).read(pinned)).text).toBe('one')
  expect(server.requests).toHaveLength(1)
  await expect(download(store).read(op(`${server.url}/f`, { checksum: digestOf('three') }))).rejects.toMatchObject({
    code: 'SOURCE_DIGEST_MISMATCH',
  })
})

test('what was downloaded and is gone or whose record is damaged is downloaded again', async ({ store, server }) => {
  await download(store).read(op(`${server.url}/f`))
  await store.blobs.delete(digestOf('one'))
  expect((await download(store).read(op(`${server.url}/f`))).text).toBe('one')
  const [record = ''] = await readdir(store.paths.sources)
  for (const text of ['', '{}', JSON.stringify({ digest: 'sha256:../../x', size: 1, mtime: 0 })]) {
    await writeFile(join(store.paths.sources, record), text)
    expect((await download(store).read(op(`${server.url}/f`))).text).toBe('one')
  }
  expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual(
    Array.from({ length: 5 }, () => undefined),
  )
})

test('secrets of the host authenticate; messages hold no query and no password', async ({ store, server }) => {
  const { host, hostname } = new URL(server.url)
  await download(store, { [`HTTP_AUTH_TOKEN_${hostname}`]: 'token\n', HTTP_AUTH_TOKEN_other: 'no' }).read(
    op(`${server.url}/f`),
  )
  await download(store, { [`HTTP_AUTH_HEADER_${hostname}`]: 'Basic abc' }).key(op(`${server.url}/f`))
  await download(store).key(op(`http://us%65r:p%40ss@${host}/f`))
  const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token', 'Basic abc', basic])
  await expect(download(store).read(op(`${server.url}/none?signature=hidden`))).rejects.toMatchObject({
    code: 'SOURCE_STATUS',
    message: `invalid response status 404 for ${server.url}/none`,
  })
  await expect(download(store).read(op('http://user:hidden@127.0.0.1:1/f?hidden'))).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    message: expect.not.stringContaining('hidden'),
  })
})
