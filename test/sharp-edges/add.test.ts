import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { expect } from 'vitest'
import { withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from './edge.ts'

const archive = await tarOf(
  { name: 'd/', type: 'directory', mode: 0o750, uid: 5, gid: 6 },
  { name: 'd/x', uid: 5, gid: 6 },
)
const lastModified = 'Wed, 21 Oct 2015 07:28:00 GMT'

test('86: ADD unpacks what is an archive by its content', async ({ edge }) => {
  const zip = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])
  const files = {
    't.tgz': gzipSync(archive),
    'data.bin': archive,
    't.zip': zip,
    'e.tar.gz': '',
    'cut.tar': archive.subarray(0, 100),
    'x.gz': gzipSync('text'),
  }
  const unpacked = ['d 755 0:0 o/', 'd 750 5:6 o/d/', 'f 644 5:6 o/d/x']
  expect((await edge('FROM scratch\nADD t.tgz /o\n', { files })).lines(0)).toEqual(unpacked)
  expect((await edge('FROM scratch\nADD data.bin /o\n', { files })).lines(0)).toEqual(unpacked)
  expect((await edge('FROM scratch\nCOPY t.tgz /o\n', { files })).lines(0)).toEqual(['f 644 0:0 o'])
  expect((await edge('FROM scratch\nADD --unpack=false t.tgz /o\n', { files })).lines(0)).toEqual(['f 644 0:0 o'])
  for (const name of ['t.zip', 'e.tar.gz', 'cut.tar', 'x.gz']) {
    expect((await edge(`FROM scratch\nADD ${name} /o\n`, { files })).lines(0), name).toEqual(['f 644 0:0 o'])
  }
})

test.for(['bzip2', 'xz', 'zstd'])('86: ADD unpacks %s', async (program, { edge, directory, skip }) => {
  if (withoutPrograms(program) !== undefined) skip(withoutPrograms(program))
  const path = join(directory, 't')
  await writeFile(path, archive)
  await runOrThrow('sh', ['-c', `${program} -q < ${path} > ${path}.z`])
  const image = await edge('FROM scratch\nADD t /o\n', { files: { t: await readFile(`${path}.z`) } })
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'd 750 5:6 o/d/', 'f 644 5:6 o/d/x'])
})

test('86: what is no archive is let go of', async ({ edge }) => {
  const large = Buffer.alloc(2 << 20)
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, large]))
  const before = (await readdir('/proc/self/fd')).length
  await edge('FROM scratch\nADD f* /o/\n', { files })
  expect((await readdir('/proc/self/fd')).length).toBeLessThan(before + 20)
})

test('87: an archive replaces a directory by a file, which COPY does not', async ({ edge }) => {
  const files = { 'base/o/x/child': 'c', 't.tar': await tarOf({ name: 'x' }), 's/x': 'file' }
  const image = await edge('FROM scratch\nCOPY base /\nADD t.tar /o\n', { files })
  expect([image.line('/o/x'), image.line('/o/x/child')]).toEqual(['f 644 0:0 o/x', undefined])
  await expect(edge('FROM scratch\nCOPY base /\nCOPY s /o\n', { files })).rejects.toThrow('cannot replace to directory')
})

test('88: the root of an archive does not change the destination', async ({ edge }) => {
  const files = {
    't.tar': await tarOf({ name: './', type: 'directory', mode: 0o700, uid: 1000, gid: 1000 }, { name: './x' }),
  }
  expect((await edge('FROM scratch\nADD t.tar /o\n', { files })).lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/x'])
})

test('section 4.6: names that would remove something or lead out of the destination are refused, symlinks are kept as they are', async ({
  edge,
}) => {
  const files = {
    'removal.tar': await tarOf({ name: '.wh.x' }),
    'out.tar': await tarOf({ name: '../x' }),
    'hard.tar': await tarOf({ name: 'a' }, { name: 'l', type: 'link', linkname: '../a' }),
    'link.tar': await tarOf({ name: 'l', type: 'symlink', linkname: '../../x', mode: 0o777 }, { name: 'l/f' }),
    'absolute.tar': await tarOf({ name: 'l', type: 'symlink', linkname: '/etc/x', mode: 0o777 }),
  }
  await expect(edge('FROM scratch\nADD removal.tar /o\n', { files })).rejects.toMatchObject({ code: 'NAME_RESERVED' })
  await expect(edge('FROM scratch\nADD out.tar /o\n', { files })).rejects.toMatchObject({ code: 'ARCHIVE_BREAKOUT' })
  await expect(edge('FROM scratch\nADD hard.tar /o\n', { files })).rejects.toMatchObject({ code: 'ARCHIVE_BREAKOUT' })
  const climbing = (await edge('FROM scratch\nADD link.tar /o\n', { files })).lines(0)
  expect(climbing).toEqual(['d 755 0:0 o/', 'l 777 0:0 o/l -> ../../x', 'd 755 0:0 o/x/', 'f 644 0:0 o/x/f'])
  expect((await edge('FROM scratch\nADD absolute.tar /o\n', { files })).lines(0)).toContain('l 777 0:0 o/l -> /etc/x')
})

test('89: a download is a file for root alone, dated as the server says, and not unpacked', async ({ edge }) => {
  await using server = await serve((path, response) => {
    if (path === '/missing') response.writeHead(404).end()
    else
      response.writeHead(200, { 'last-modified': lastModified }).end(path === '/t.tar.gz' ? gzipSync(archive) : 'bytes')
  })
  const { url } = server
  const image = await edge(
    `FROM scratch\nADD ${url}/p/f.bin?v=1 /o/\nADD ${url}/ /named\nADD ${url}/ ${url}/t.tar.gz /o/\n`,
  )
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

async function tarOf(...headers: readonly (Partial<Header> & Pick<Header, 'name'>)[]): Promise<Buffer> {
  const tar = pack()
  for (const header of headers)
    tar.entry({ mtime: new Date(1_500_000_000_000), ...header }, header.type === undefined ? 'x' : '')
  tar.finalize()
  return buffer(tar)
}

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
