import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { test } from '../support/edge.ts'

const lastModified = 'Wed, 21 Oct 2015 07:28:00 GMT'

test('89: a download is a file for root alone, dated as the server says, and not unpacked', async ({ edge }) => {
  await using server = await serve((path, response) => {
    if (path === '/missing') response.writeHead(404).end()
    else
      response
        .writeHead(200, { 'last-modified': lastModified })
        .end(path === '/t.tar.gz' ? gzipSync('archive') : 'bytes')
  })
  const { url } = server
  const image = await edge(
    `FROM scratch\nADD ${url}/p/f.bin?v=1 /o/\nADD ${url}/ /named\nADD ${url}/ ${url}/t.tar.gz /o/\n`,
  )
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 600 0:0 o/f.bin'])
  expect([image.line('/o/f.bin'), image.text('/o/f.bin')]).toEqual(['f 600 0:0 o/f.bin', 'bytes'])
  expect(image.time('/o/f.bin')).toBe(Date.parse(lastModified) / 1000)
  expect([image.line('/named'), image.line('/o/t.tar.gz')]).toEqual(['f 600 0:0 named', 'f 600 0:0 o/t.tar.gz'])
  expect(image.line('/o/__unnamed__')).toBe('f 600 0:0 o/__unnamed__')
  await expect(edge(`FROM scratch\nADD ${url}/missing /o/\n`)).rejects.toThrow('invalid response status 404')
})

test('91: checksums are for what is downloaded', async ({ edge }) => {
  await using server = await serve((_path, response) => void response.end('bytes'))
  const wrong = `sha256:${'0'.repeat(64)}`
  await expect(edge(`ADD --checksum=${wrong} file /`, { files: { file: '' } })).rejects.toThrow(
    'checksum requires HTTP(S) or Git sources',
  )
  await expect(edge(`ADD --checksum=${wrong} ${server.url}/f /f`)).rejects.toThrow(
    /digest mismatch for .*\/f: sha256:[0-9a-f]+ \(expected: sha256:0+\)/,
  )
  const right = 'sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9'
  expect((await edge(`FROM scratch\nADD --checksum=${right} ${server.url}/f /f\n`)).text('/f')).toBe('bytes')
})

test('118: a download is known by its content; a newer date alone changes nothing', async ({ edge }) => {
  let version = { body: 'same', date: lastModified }
  await using server = await serve(
    (_path, response) => void response.writeHead(200, { 'last-modified': version.date }).end(version.body),
  )
  const dockerfile = `FROM scratch\nADD ${server.url}/f /f\n`
  const first = await edge(dockerfile)
  version = { body: 'same', date: 'Thu, 22 Oct 2015 07:28:00 GMT' }
  const second = await edge(dockerfile)
  expect(second.config.rootfs).toEqual(first.config.rootfs)
  expect(second.time('/f')).toBe(Date.parse(lastModified) / 1000)
  version = { body: 'other', date: lastModified }
  expect((await edge(dockerfile)).text('/f')).toBe('other')
})

test('118: a server may say that nothing has changed', async ({ edge }) => {
  const answers: number[] = []
  await using server = await serve((_path, response, request) => {
    const status = request.headers['if-none-match'] === '"1"' ? 304 : 200
    answers.push(status)
    response.writeHead(status, { etag: '"1"' }).end(status === 200 ? 'edge 118' : undefined)
  })
  const dockerfile = `FROM scratch\nADD ${server.url}/f /f\n`
  const [first, second] = [await edge(dockerfile), await edge(dockerfile)]
  expect([answers, second.digest === first.digest, second.text('/f')]).toEqual([[200, 304], true, 'edge 118'])
})

/** A server on this machine for the length of a scope. */
async function serve(
  answer: (path: string, response: ServerResponse, request: IncomingMessage) => void,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) =>
    answer(new URL(request.url ?? '/', 'http://host').pathname, response, request),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
