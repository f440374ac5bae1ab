import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { digestOf } from '@tsbuild/oci'
import { encodeHeader, type TarInput, writeTar } from '@tsbuild/tar'
import { expect, test } from 'vitest'
import type { TocEntry } from './toc.ts'
import { type EstargzFacts, estargzAnnotations, writeEstargz } from './write-estargz.ts'

const metadata = { mode: 0o644, uid: 7, gid: 8, mtime: 1_000_000_000 }
const large = Buffer.alloc(2_500_000, createHash('sha512').update('large').digest())

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function file(path: string, bytes: Uint8Array): TarInput {
  return { entry: { ...metadata, type: 'file', path, size: bytes.length }, body: once(bytes) }
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}

const entries = (): readonly TarInput[] => [
  { entry: { ...metadata, type: 'directory', path: 'd', mode: 0o755 } },
  file('d/large', large),
  file('d/small', Buffer.from('small')),
  file('empty', Buffer.alloc(0)),
  { entry: { ...metadata, type: 'hardlink', path: 'hard', target: 'd/small' } },
  { entry: { ...metadata, type: 'symlink', path: 'soft', target: '../away' } },
  { entry: { ...metadata, type: 'device', path: 'null', kind: 'character', major: 1, minor: 3 } },
  {
    entry: { ...metadata, type: 'fifo', path: 'pipe', xattrs: new Map([['user.x', Buffer.from([0, 255])]]), mtime: 0 },
  },
  file('.wh.gone', Buffer.alloc(0)),
]

async function write(
  tar: Uint8Array,
  options: { level?: number; piece?: number } = {},
): Promise<{ blob: Buffer; facts: EstargzFacts }> {
  const { piece = tar.length || 1 } = options
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < tar.length; at += piece) yield tar.subarray(at, at + piece)
  }
  const { bytes, facts } = writeEstargz(pieces(), options.level)
  return { blob: await collect(bytes), facts: facts() }
}

/** A reader written from the specification: footer, table, then members by their offsets. */
function open(blob: Buffer): {
  toc: { version: number; entries: readonly TocEntry[] }
  tocBytes: Buffer
  tocOffset: number
} {
  const tail = blob.subarray(-51)
  expect(tail.subarray(0, 4)).toEqual(Buffer.from([0x1f, 0x8b, 8, 4]))
  const extra = tail.subarray(12, 12 + tail.readUInt16LE(10))
  expect([extra.toString('latin1', 0, 2), extra.readUInt16LE(2), extra.toString('latin1', 20)]).toEqual([
    'SG',
    22,
    'STARGZ',
  ])
  expect(gunzipSync(tail)).toHaveLength(0)
  const tocOffset = Number.parseInt(extra.toString('latin1', 4, 20), 16)
  const archive = gunzipSync(blob.subarray(tocOffset, -51))
  expect(archive.toString('latin1', 0, 17)).toBe('stargz.index.json')
  const size = Number.parseInt(archive.toString('latin1', 124, 135), 8)
  const tocBytes = archive.subarray(512, 512 + size)
  return { toc: JSON.parse(tocBytes.toString()), tocBytes, tocOffset }
}

test('a reader of parts finds everything, and everything is verified', async () => {
  const tar = await collect(writeTar(entries()))
  const { blob, facts } = await write(tar)
  const { toc, tocBytes, tocOffset } = open(blob)
  expect([toc.version, facts.tocDigest]).toEqual([1, digestOf(tocBytes)])
  const reg = { mode: 0o644, uid: 7, gid: 8, modtime: '2001-09-09T01:46:40Z', type: 'reg' }
  expect(toc.entries).toMatchObject([
    { name: 'd/', type: 'dir', mode: 0o755 },
    { ...reg, name: 'd/large', size: large.length, chunkSize: 1_048_576, digest: digestOf(large) },
    { name: 'd/large', type: 'chunk', chunkOffset: 1_048_576, chunkSize: 1_048_576 },
    { name: 'd/large', type: 'chunk', chunkOffset: 2_097_152 },
    { ...reg, name: 'd/small', size: 5, digest: digestOf('small') },
    { ...reg, name: 'empty' },
    { name: 'hard', type: 'hardlink', linkName: 'd/small' },
    { name: 'soft', type: 'symlink', linkName: '../away' },
    { name: 'null', type: 'char', devMajor: 1, devMinor: 3 },
    { name: 'pipe', type: 'fifo', xattrs: { 'user.x': 'AP8=' } },
    { ...reg, name: '.wh.gone' },
  ])
  expect(toc.entries[5]).not.toHaveProperty('offset')
  expect(toc.entries[9]).not.toHaveProperty('modtime')
  const content = new Map<string, Buffer>()
  const chunks = toc.entries.filter((entry) => entry.offset !== undefined)
  for (const [index, { name, offset, chunkSize, chunkOffset = 0, chunkDigest }] of chunks.entries()) {
    const plain = gunzipSync(blob.subarray(offset, chunks[index + 1]?.offset ?? tocOffset))
    const whole = toc.entries.find((entry) => entry.name === name && entry.type === 'reg')?.size ?? 0
    const chunk = plain.subarray(0, chunkSize ?? whole - chunkOffset)
    expect(digestOf(chunk)).toBe(chunkDigest)
    content.set(name, Buffer.concat([content.get(name) ?? Buffer.alloc(0), chunk]))
  }
  expect(content.get('d/large')?.equals(large)).toBe(true)
  expect(content.get('d/small')?.toString()).toBe('small')
})

test('to everybody else it is the tar that it was, and something behind its end', async () => {
  const tar = await collect(writeTar(entries()))
  const { blob, facts } = await write(tar)
  const plain = gunzipSync(blob)
  expect(plain.subarray(0, tar.length).equals(tar)).toBe(true)
  expect([facts.diffId, facts.size]).toEqual([digestOf(plain), plain.length])
  expect(estargzAnnotations(facts)).toEqual({
    'containerd.io/snapshot/stargz/toc.digest': facts.tocDigest,
    'io.containers.estargz.uncompressed-size': String(plain.length),
  })
})

test('the same tar gives the same bytes, however it comes; the level changes them', async () => {
  const tar = await collect(writeTar(entries()))
  const { blob } = await write(tar)
  for (const piece of [511, 1000, 65_536])
    expect((await write(tar, { piece })).blob.equals(blob), String(piece)).toBe(true)
  expect((await write(tar, { level: 9 })).blob.equals(blob)).toBe(false)
})

test('many entries without content are several members, an empty archive is one', async () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({
    entry: { ...metadata, type: 'directory', path: `d${index}` } as const,
  }))
  const { blob } = await write(await collect(writeTar([...many, file('f', Buffer.from('f'))])))
  const { toc } = open(blob)
  expect([toc.entries.length, gunzipSync(blob.subarray(toc.entries.at(-1)?.offset)).toString('latin1', 0, 1)]).toEqual([
    5001,
    'f',
  ])
  const nothing = await write(Buffer.alloc(1024))
  expect(open(nothing.blob).toc.entries).toEqual([])
})

test('a layer that has such a table already, or is damaged, is refused', async () => {
  const table = await collect(writeTar([file('stargz.index.json', Buffer.from('{}'))]))
  await expect(write(table)).rejects.toThrow('stargz.index.json')
  await expect(write((await collect(writeTar(entries()))).subarray(0, 2000))).rejects.toMatchObject({
    code: 'TAR_TRUNCATED',
  })
})

test('a layer with a sparse file is refused: its table would describe other bytes', async () => {
  const records = { major: '1', minor: '0', name: 's', realsize: '4096' }
  const pax = Object.entries(records).map(([key, value]) => record(`GNU.sparse.${key}`, value))
  const data = Buffer.concat(pax)
  const tar = Buffer.concat([
    encodeHeader({ ...metadata, type: 'file', path: 'x', size: data.length }).fill(0x78, 156, 157),
    data,
    Buffer.alloc(512 - data.length),
    encodeHeader({ ...metadata, type: 'file', path: 's', size: 516 }),
    Buffer.from('1\n0\n4\n'.padEnd(512, '\0')),
    Buffer.from('data'.padEnd(512, '\0')),
    Buffer.alloc(1024),
  ])
  tar.write(`${checksum(tar.subarray(0, 512)).toString(8).padStart(6, '0')}\0 `, 148)
  await expect(write(tar)).rejects.toMatchObject({
    code: 'TAR_UNSUPPORTED',
    message: expect.stringContaining('sparse file "s"'),
  })
})

function record(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  return Buffer.from(`${rest.length + 2}${rest}`)
}

/** Sum of a header's bytes, those of the checksum taken as blanks. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0)
}
