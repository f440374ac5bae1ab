import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { pack } from 'tar-stream'
import { test } from '../support/test.ts'

const archive = await (async () => {
  const tar = pack()
  tar.entry({ name: './', type: 'directory', mode: 0o700, uid: 9, gid: 9 })
  tar.entry({ name: 'd/', type: 'directory', mode: 0o711, uid: 5, gid: 6 })
  tar.entry({ name: 'd/f', mode: 0o4755, uid: 5, gid: 6 }, 'hello')
  tar.entry({ name: 'l', type: 'symlink', linkname: '/d/f', mode: 0o777 })
  tar.finalize()
  return buffer(tar)
})()

test('archives are known by their content and unpacked', async ({ build }) => {
  const image = await build('FROM scratch\nADD data.bin /o\nADD t.tgz /p/\n', {
    files: { 'data.bin': archive, 't.tgz': gzipSync(archive) },
  })
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'd 711 5:6 o/d/', 'f 4755 5:6 o/d/f', 'l 777 0:0 o/l -> /d/f'])
  expect(image.line('/p/d/f')).toBe('f 4755 5:6 p/d/f')
})

test('other files are copied, and so are archives on request and in directories', async ({ build }) => {
  const image = await build(
    'FROM scratch\nADD text.gz /\nADD empty.tar.gz /\nADD --unpack=false t.tar /\nADD dir /dir\n',
    {
      files: { 'text.gz': gzipSync('just text'), 'empty.tar.gz': '', 't.tar': archive, 'dir/t.tar': archive },
    },
  )
  expect(['/text.gz', '/empty.tar.gz', '/t.tar', '/dir/t.tar'].map((path) => image.line(path))).toEqual([
    'f 644 0:0 text.gz',
    'f 644 0:0 empty.tar.gz',
    'f 644 0:0 t.tar',
    'f 644 0:0 dir/t.tar',
  ])
})

test('--chown is for everything unpacked', async ({ build }) => {
  const image = await build('FROM scratch\nADD --chown=1:2 t.tar /o/\n', { files: { 't.tar': archive } })
  expect(image.lines(0)).toEqual(['d 755 1:2 o/', 'd 711 1:2 o/d/', 'f 4755 1:2 o/d/f', 'l 777 1:2 o/l -> /d/f'])
})

test('an archive cannot write beside its destination', async ({ failBuild }) => {
  const tar = pack()
  tar.entry({ name: '../escaped' }, 'x')
  tar.finalize()
  expect((await failBuild('FROM scratch\nADD t.tar /o/\n', { files: { 't.tar': await buffer(tar) } })).code).toBe(1)
})

test('downloads', async ({ build, failBuild }) => {
  await using server = await serve({ '/f.bin': 'downloaded' })
  const image = await build(`FROM scratch\nADD ${server.url}/f.bin?v=1 /o/\n`)
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 600 0:0 o/f.bin'])
  expect(image.text('/o/f.bin')).toBe('downloaded')
  expect(image.layers[0]?.[1]?.mtime).toBe(1_445_412_480)
  expect((await failBuild(`FROM scratch\nADD ${server.url}/missing /o/\n`)).stderr).toContain(
    'invalid response status 404',
  )
})

test('--checksum is verified', async ({ build, failBuild }) => {
  await using server = await serve({ '/f.bin': 'downloaded' })
  const digest = `sha256:${createHash('sha256').update('downloaded').digest('hex')}`
  expect((await build(`FROM scratch\nADD --checksum=${digest} ${server.url}/f.bin /f\n`)).text('/f')).toBe('downloaded')
  const wrong = `sha256:${'0'.repeat(64)}`
  expect((await failBuild(`FROM scratch\nADD --checksum=${wrong} ${server.url}/f.bin /f\n`)).stderr).toContain(
    'digest mismatch',
  )
  expect((await failBuild(`FROM scratch\nADD --checksum=${digest} f /f\n`, { files: { f: '' } })).stderr).toContain(
    'checksum requires HTTP(S) or Git sources',
  )
})

async function serve(files: Readonly<Record<string, string>>): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(({ url = '' }, response) => {
    const content = files[new URL(url, 'http://x').pathname]
    response
      .writeHead(content === undefined ? 404 : 200, { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' })
      .end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
