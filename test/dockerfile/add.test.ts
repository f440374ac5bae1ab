import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { expect } from 'vitest'
import { withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/edge.ts'

const archive = await tarOf(
  { name: 'd/', type: 'directory', mode: 0o750, uid: 5, gid: 6 },
  { name: 'd/x', mode: 0o4755, uid: 5, gid: 6 },
  { name: 'l', type: 'symlink', linkname: '/d/x', mode: 0o777 },
)
/** Layer of `ADD archive /o`. */
const unpacked = ['d 755 0:0 o/', 'd 750 5:6 o/d/', 'f 4755 5:6 o/d/x', 'l 777 0:0 o/l -> /d/x']

test('86: ADD unpacks what is an archive by its content', async ({ edge }) => {
  const zip = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])
  const files = {
    't.tgz': gzipSync(archive),
    'data.bin': archive,
    't.zip': zip,
    'e.tar.gz': '',
    'cut.tar': archive.subarray(0, 100),
    'x.gz': gzipSync('text'),
    'dir/t.tar': archive,
  }
  for (const name of ['t.tgz', 'data.bin'])
    expect((await edge(`FROM scratch\nADD ${name} /o\n`, { files })).lines(0)).toEqual(unpacked)
  const plain = [
    'COPY t.tgz',
    'ADD --unpack=false t.tgz',
    ...['t.zip', 'e.tar.gz', 'cut.tar', 'x.gz'].map((name) => `ADD ${name}`),
  ]
  const steps = plain.map((step, index) => `${step} /${index}`)
  const image = await edge(`FROM scratch\n${steps.join('\n')}\nADD dir /dir\n`, { files })
  expect(image.layers.slice(0, -1).map((layer) => layer.map(({ line }) => line))).toEqual(
    plain.map((_, index) => [`f 644 0:0 ${index}`]),
  )
  expect(image.lines(-1)).toEqual(['d 755 0:0 dir/', 'f 644 0:0 dir/t.tar'])
})

test.for(['bzip2', 'xz', 'zstd'])('86: ADD unpacks %s', async (program, { edge, directory, skip }) => {
  if (withoutPrograms(program) !== undefined) skip(withoutPrograms(program))
  const path = join(directory, 't')
  await writeFile(path, archive)
  await runOrThrow('sh', ['-c', `${program} -q < ${path} > ${path}.z`])
  const image = await edge('FROM scratch\nADD t /o\n', { files: { t: await readFile(`${path}.z`) } })
  expect(image.lines(0)).toEqual(unpacked)
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

test('--chown is for everything unpacked', async ({ edge }) => {
  const image = await edge('FROM scratch\nADD --chown=1:2 t.tar /o/\n', { files: { 't.tar': archive } })
  expect(image.lines(0)).toEqual(unpacked.map((line) => line.replace(/\d:\d/, '1:2')))
})

async function tarOf(...headers: readonly (Partial<Header> & Pick<Header, 'name'>)[]): Promise<Buffer> {
  const tar = pack()
  for (const header of headers)
    tar.entry({ mtime: new Date(1_500_000_000_000), ...header }, header.type === undefined ? 'x' : '')
  tar.finalize()
  return buffer(tar)
}
