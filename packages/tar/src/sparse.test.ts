import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeHeader } from './encode-header.ts'
import { checksum } from './header.ts'
import { encodePax } from './pax.ts'
import { readTar } from './read-tar.ts'
import { inPieces, metadata } from './testing/entries.ts'

/**
 * Summary of an archive: paths, sizes, digests of contents, and how many parts of them it holds.
 */
async function read(tar: AsyncIterable<Uint8Array>): Promise<readonly (readonly unknown[])[]> {
  return Array.fromAsync(readTar(tar), async ({ entry, body, stored }) => {
    const hash = createHash('sha256')
    let length = 0
    for await (const chunk of body) {
      hash.update(chunk)
      length += chunk.length
    }
    return [entry.path, entry.type === 'file' ? entry.size : 0, length, hash.digest('hex'), stored?.length]
  })
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const longName = 'long name '.repeat(15)

const formats = [
  ['--format=gnu'],
  ['--format=posix', '--sparse-version=0.0'],
  ['--format=posix', '--sparse-version=0.1'],
  ['--format=posix', '--sparse-version=1.0'],
]

test.each(formats)('GNU tar %s %s: sparse files are expanded', async (...flags) => {
  const directory = mkdtempSync(join(tmpdir(), 'sparse-'))
  try {
    const write = (name: string, size: number, parts: readonly (readonly [number, string])[]): Buffer => {
      const fd = openSync(join(directory, name), 'w')
      for (const [at, text] of parts) writeSync(fd, text, at)
      ftruncateSync(fd, size)
      closeSync(fd)
      return readFileSync(join(directory, name))
    }
    const block = 'x'.repeat(4096)
    const files = {
      'begins-with-hole': write('begins-with-hole', 1_000_000, [[500_000, 'middle']]),
      'ends-with-data': write('ends-with-data', 900_003, [
        [0, 'first'],
        [900_000, 'end'],
      ]),
      [longName]: write(longName, 300_000, [[100_000, block]]),
      'many-parts': write(
        'many-parts',
        4_000_000,
        Array.from({ length: 60 }, (_, index) => [index * 65_536, block] as const),
      ),
      nothing: write('nothing', 2_000_000, []),
      plain: write('plain', 5, [[0, 'plain']]),
    }
    const names = Object.keys(files)
    const tar = execFileSync('tar', ['-cf', '-', '--sparse', ...flags, '-C', directory, ...names])
    expect(tar.length).toBeLessThan(400_000)
    const found = await read(inPieces(tar, 1000))
    const expected = Object.entries(files).map(([name, bytes]) => [name, bytes.length, bytes.length, digestOf(bytes)])
    expect(found.map((file) => file.slice(0, 4))).toEqual(expected)
    expect(found.map(([, , , , parts]) => parts)).toEqual([1, 2, 1, 60, 0, undefined])
  } finally {
    rmSync(directory, { recursive: true })
  }
})

const end = Buffer.alloc(1024)
const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])

/** A header with some bytes replaced. */
function header(size: number, changes: Readonly<Record<number, string | Uint8Array>>): Buffer {
  const block = Buffer.from(encodeHeader({ ...metadata, type: 'file', size }))
  for (const [at, bytes] of Object.entries(changes)) Buffer.from(bytes).copy(block, Number(at))
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function pax(records: Readonly<Record<string, string>>, body: string | Buffer = '', flag = '0'): Buffer {
  const data = encodePax(new Map(Object.entries(records).map(([key, value]) => [key, Buffer.from(value)])))
  const bytes = Buffer.from(body)
  return Buffer.concat([
    header(data.length, { 156: 'x' }),
    pad(data),
    header(bytes.length, { 156: flag }),
    pad(bytes),
    end,
  ])
}

const map = (numbers: string, size = '100', body = 'data'): Buffer =>
  pax({ 'GNU.sparse.map': numbers, 'GNU.sparse.size': size, 'GNU.sparse.major': '0', 'GNU.sparse.minor': '1' }, body)
const inBody = (text: string, size = '100'): Buffer =>
  pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': size }, text)

const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`
const gnuMagic = 'ustar  \0'
const old = (parts: readonly number[], size: number, more: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([
    header(4, {
      156: 'S',
      257: gnuMagic,
      386: parts.map(octal).join(''),
      482: more.length > 0 ? '\x01' : '\0',
      483: octal(size),
    }),
    more,
    pad(Buffer.from('data')),
    end,
  ])

test('maps made by hand', async () => {
  const bytes = Buffer.alloc(100)
  bytes.write('data', 10)
  for (const tar of [
    map('10,4'),
    map('0,0,10,4,100,0'),
    inBody(`1\n10\n4\n`.padEnd(512, '\0') + 'data'),
    old([10, 4], 100),
  ])
    expect(await read(inPieces(tar, 700))).toEqual([['a', 100, 100, digestOf(bytes), 1]])
  const extension = Buffer.alloc(512)
  extension.write(octal(10) + octal(2) + octal(12) + octal(2))
  expect(await read(inPieces(old([], 100, extension), 700))).toEqual([['a', 100, 100, digestOf(bytes), 2]])
})

test.each([
  ['goes beyond the file', map('98,4')],
  ['is not in order', map('50,2,10,2')],
  ['overlaps', map('10,3,12,1')],
  ['has half a pair', map('10,4,20')],
  ['has a negative number', map('-10,4')],
  ['has a word', map('ten,4')],
  ['has numbers beyond 53 bits', map('9007199254740993,4', '9007199254740999')],
  ['lists more than there is', map('10,5')],
  ['lists less than there is', map('10,3')],
  ['is for a file of negative size', map('0,0', '-1', '')],
  ['has no size', pax({ 'GNU.sparse.map': '0,4' }, 'data')],
  ['is for a directory', pax({ 'GNU.sparse.map': '', 'GNU.sparse.size': '100' }, '', '5')],
  ['is cut off in the body', inBody('2\n10\n4\n'.padEnd(512, '\0'))],
  ['is no map at all', inBody('x'.repeat(1024))],
  ['has a number of many digits', inBody('1'.repeat(600).padEnd(1024, '\0'))],
  ['says in the oldest format that it goes on', old([10, 4], 100).fill(1, 482, 483)],
  ['goes beyond the file in the oldest format', old([98, 4], 100)],
])('an archive is refused whose map %s', async (_, tar) => {
  await expect(read(inPieces(tar, 512))).rejects.toMatchObject({
    name: 'TarError',
    code: expect.stringMatching(/^TAR_(INVALID|TRUNCATED|CHECKSUM)$/),
    offset: expect.any(Number),
  })
})

test('unknown formats of sparse files are refused', async () => {
  const records = { 'GNU.sparse.major': '2', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9' }
  await expect(read(inPieces(pax(records), 512))).rejects.toMatchObject({
    code: 'TAR_UNSUPPORTED',
    message: expect.stringContaining('2.0'),
  })
})

test('maps of more than 1 Mi parts are refused before they are read', async () => {
  await expect(read(inPieces(inBody('1048577\n'.padEnd(512, '\0')), 512))).rejects.toMatchObject({
    code: 'TAR_TOO_LARGE',
  })
})

test('a file of nothing but a hole grows to 1 GiB and no further', async () => {
  const chunks: number[] = []
  const reading = async (): Promise<void> => {
    for await (const { body } of readTar(inPieces(map('0,0', '9007199254740991', ''), 512)))
      for await (const chunk of body) chunks.push(chunk.length)
  }
  await expect(reading()).rejects.toMatchObject({ code: 'TAR_TOO_LARGE', offset: 1024 })
  const bytes = chunks.reduce((sum, length) => sum + length, 0)
  expect(bytes).toBe(2 ** 30)
})
