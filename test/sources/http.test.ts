import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, vi } from 'vitest'
import { serveFiles, serveHttp } from '../support/serve-http.ts'
import { test } from '../support/edge.ts'

const add = (url: string, flags = ''): string => `FROM scratch\nADD ${flags} ${url} /o\n`
const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

test('a download is revalidated on every build, and fetched again only when it has changed', async ({ edge }) => {
  const files = {
    '/etag': { content: 'one', etag: '"1"' },
    '/dated': { content: 'one', modified: 1_400_000_000 },
    '/plain': 'one',
  }
  await using server = await serveFiles(files)
  for (const name of ['etag', 'dated', 'plain']) {
    const read = async (): Promise<string | undefined> => (await edge(add(`${server.url}/${name}`))).text('/o')
    expect([await read(), await read()]).toEqual(['one', 'one'])
  }
  files['/etag'] = { content: 'two', etag: '"2"' }
  expect((await edge(add(`${server.url}/etag`))).text('/o')).toBe('two')
  const conditions = server.requests.map(({ headers }) => headers['if-none-match'] ?? headers['if-modified-since'])
  expect(conditions).toEqual([
    undefined,
    '"1"',
    undefined,
    new Date(1_400_000_000_000).toUTCString(),
    undefined,
    undefined,
    '"1"',
  ])
})

test('a server that repeats its tag but not the answer to it is not read again', async ({ edge }) => {
  let served = 0
  await using server = await serveHttp((_request, response) => {
    response.writeHead(200, { etag: served === 0 ? 'W/"x"' : '"x"' })
    response.end(served++ === 0 ? 'first' : 'other bytes of the same tag')
  })
  expect((await edge(add(`${server.url}/f`))).text('/o')).toBe('first')
  expect((await edge(add(`${server.url}/f`))).text('/o')).toBe('first')
})

test('with a checksum a store that has the file needs no network', async ({ edge }) => {
  const server = await serveFiles({ '/f': 'one' })
  const text = add(`${server.url}/f`, `--checksum=${sha256('one')}`)
  await edge(text)
  await server[Symbol.asyncDispose]()
  expect((await edge(text.replace('/o', '/again'))).text('/again')).toBe('one')
  const wrong = add(`${server.url}/f`, `--checksum=${sha256('two')}`)
  await expect(edge(wrong)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
})

test('another file than the checksum says is refused, and is not believed later', async ({ edge }) => {
  await using server = await serveFiles({ '/wrong': { content: 'one', etag: '"1"' } })
  const text = add(`${server.url}/wrong`, `--checksum=${sha256('two')}`)
  for (const _ of [1, 2]) {
    await expect(edge(text)).rejects.toThrow(
      `digest mismatch for ${server.url}/wrong: ${sha256('one')} (expected: ${sha256('two')})`,
    )
  }
})

test('secrets for the host authenticate, and do not follow a redirect to another', async ({ edge }) => {
  await using other = await serveFiles({ '/f': 'elsewhere' })
  await using server = await serveHttp(({ headers }, response) => {
    if (headers.authorization === 'Bearer t')
      response.writeHead(302, { location: `${other.url.replace('127.0.0.1', 'localhost')}/f` }).end()
    else response.writeHead(401).end()
  })
  const text = add(`${server.url}/f`)
  const secrets = { 'HTTP_AUTH_TOKEN_127.0.0.1': { value: 't\n' }, 'HTTP_AUTH_HEADER_127.0.0.1': { value: 'Basic x' } }
  expect((await edge(text, { secrets })).text('/o')).toBe('elsewhere')
  expect(other.requests[0]?.headers.authorization).toBeUndefined()
  await expect(edge(text, { secrets: { HTTP_AUTH_TOKEN_elsewhere: { value: 't' } } })).rejects.toThrow(
    'invalid response status 401',
  )
})

test('a redirect leads to another web address or nowhere', async ({ edge }) => {
  await using server = await serveHttp(({ url }, response) => {
    const places: Record<string, string> = {
      '/file': 'file:///etc/passwd',
      '/data': 'data:,x',
      '/ftp': 'ftp://127.0.0.1/x',
      '/loop': '/loop',
    }
    response.writeHead(302, { location: places[url ?? ''] ?? '/' }).end()
  })
  for (const path of ['file', 'data', 'ftp', 'loop']) {
    await expect(edge(add(`${server.url}/${path}`)), path).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  }
})

test('an answer that is not what its server announced is no file', async ({ edge, directory }) => {
  const answers: Record<string, string> = {
    short: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes…',
    chunk: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
    gzip: 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope',
    none: '',
    other: 'SSH-2.0-OpenSSH_9.2\r\n',
    empty: 'HTTP/1.1 204 No Content\r\n\r\n',
  }
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', (data) => socket.end(answers[/\/(\w+)/.exec(data.toString())?.[1] ?? ''] ?? ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const root = join(directory, 'store')
  for (const name of Object.keys(answers)) {
    await expect(edge(add(`http://127.0.0.1:${port}/${name}`), { root }), name).rejects.toMatchObject({
      code: /^SOURCE_/,
    })
  }
  server.close()
  expect((await readdir(join(root, 'v1/sources'))).filter((name) => name.startsWith('http-'))).toEqual([])
})

test('what a server compresses for the way is unpacked, an archive that it sends is not', async ({ edge }) => {
  await using server = await serveHttp(({ url }, response) => {
    response.writeHead(200, url === '/way' ? { 'content-encoding': 'gzip' } : {}).end(gzipSync('text'))
  })
  expect((await edge(add(`${server.url}/way`))).text('/o')).toBe('text')
  expect((await edge(add(`${server.url}/f.gz`))).layers[0]?.[0]?.content).toEqual(gzipSync('text'))
})

test('the name is the last part of the path, decoded, with any headers', async ({ edge }) => {
  await using server = await serveHttp((_request, response) =>
    response.writeHead(200, { 'content-disposition': 'attachment; filename="other"' }).end('x'),
  )
  const names: Record<string, string> = {
    '/p/f.bin?v=1/x': 'f.bin',
    '/a%20b': 'a b',
    '/%2e%2e%2fetc%2fpasswd': 'passwd',
    '/': '__unnamed__',
    '/d/..%2f': '__unnamed__',
  }
  for (const [path, name] of Object.entries(names)) {
    expect((await edge(`FROM scratch\nADD ["${server.url}${path}", "/o/"]\n`)).lines(0), path).toContain(
      `f 600 0:0 o/${name}`,
    )
  }
})

test('downloads go through the proxy of the environment, those of this machine do not', async ({ edge }) => {
  await using proxy = await serveHttp(({ url }, response) => void response.end(`proxied ${url}`))
  await using server = await serveFiles({ '/f': 'direct' })
  vi.stubEnv('http_proxy', proxy.url)
  vi.stubEnv('no_proxy', '')
  try {
    expect((await edge(add(`${server.url}/f`))).text('/o')).toBe('direct')
    expect((await edge(add('http://elsewhere.invalid/f'))).text('/o')).toBe('proxied http://elsewhere.invalid/f')
  } finally {
    vi.unstubAllEnvs()
  }
})
