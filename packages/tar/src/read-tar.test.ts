import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { encodeHeader } from './encode-header.ts'
import type { TarEntry } from './entry.ts'
import { readTar, type ReadTarOptions } from './read-tar.ts'
import { encodePax } from './pax.ts'
import { checksum } from './header.ts'
import { inPieces, metadata, paths } from './testing/entries.ts'

async function read(tar: Uint8Array, options: ReadTarOptions = {}): Promise<TarEntry[]> {
  return Array.fromAsync(readTar(inPieces(tar, 1000), options), ({ entry }) => entry)
}

/** A header with bytes changed and the checksum put right again. */
function patched(entry: TarEntry, changes: Readonly<Record<number, Uint8Array | string>>): Buffer {
  const block = Buffer.from(encodeHeader(entry))
  for (const [at, bytes] of Object.entries(changes)) Buffer.from(bytes).copy(block, Number(at))
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function extended(flag: string, data: Buffer): Buffer {
  const size = data.length.toString(8).padStart(11, '0')
  return Buffer.concat([
    patched({ ...metadata, type: 'file', size: 0 }, { 124: size, 156: flag }),
    data,
    Buffer.alloc((512 - (data.length % 512)) % 512),
  ])
}

const file: TarEntry = { ...metadata, type: 'file', size: 0 }
const end = Buffer.alloc(1024)

// tar-stream writes times in 32 bits.
test('reads what tar-stream packs', async () => {
  await fc.assert(
    fc.asyncProperty(paths, fc.nat(2 ** 31 - 1), fc.nat(3000), async (path, mtime, size) => {
      const packed = pack()
      packed.entry({ name: path, mtime: new Date(mtime * 1000), mode: 0o640, uid: 3, gid: 4 }, Buffer.alloc(size))
      packed.entry({ name: 'link', type: 'symlink', linkname: path })
      packed.finalize()
      const back = await Array.fromAsync(readTar(Readable.from(packed)), ({ entry }) => entry)
      expect(back).toMatchObject([
        { path, mtime, size, mode: 0o640, uid: 3, gid: 4 },
        { path: 'link', type: 'symlink', target: path },
      ])
    }),
  )
})

test.each(['v7', 'oldgnu', 'gnu', 'ustar', 'pax'])('reads the %s archives of GNU tar', async (format) => {
  const directory = mkdtempSync(join(tmpdir(), 'tar-'))
  try {
    const long = format === 'v7' ? 'short' : `${'d'.repeat(60)}/${'e'.repeat(60)}`
    mkdirSync(join(directory, 'root', long), { recursive: true })
    writeFileSync(join(directory, 'root', long, 'file'), 'hello')
    symlinkSync('target', join(directory, 'root/link'))
    const tar = execFileSync('tar', [
      '-cf',
      '-',
      `--format=${format}`,
      '--sort=name',
      '--mtime=@77',
      '-C',
      directory,
      'root',
    ])
    const back = await read(tar)
    expect(back.find(({ path }) => path === `root/${long}/file`)).toMatchObject({ type: 'file', size: 5, mtime: 77 })
    expect(back.find(({ path }) => path === 'root/link')).toMatchObject({ type: 'symlink', target: 'target' })
    expect(back.find(({ path }) => path === `root/${long}`)).toMatchObject({ type: 'directory' })
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('a body that is not consumed is skipped, one that is read too late throws', async () => {
  const tar = Buffer.concat([
    encodeHeader({ ...file, size: 600 }),
    Buffer.alloc(1024),
    encodeHeader({ ...file, path: 'b' }),
    end,
  ])
  const items = readTar(inPieces(tar, 100))
  const first = await items.next()
  const second = await items.next()
  expect(second.value?.entry.path).toBe('b')
  await expect(Array.fromAsync(first.value?.body ?? [])).rejects.toThrow(TypeError)
})

test('base-256 numbers: large ones are read, negative times become 0, negative sizes are refused', async () => {
  const large = Buffer.from([0x80, 0, 0, 0, 0, 0x80, 0, 1])
  expect(await read(Buffer.concat([patched(file, { 108: large, 136: Buffer.alloc(12, 0xff) }), end]))).toMatchObject([
    { uid: 2 ** 23 + 1, mtime: 0 },
  ])
  await expect(read(Buffer.concat([patched(file, { 124: Buffer.alloc(12, 0xff) }), end]))).rejects.toMatchObject({
    code: 'TAR_INVALID',
    offset: 0,
  })
  const absurd = Buffer.concat([Buffer.of(0x80), Buffer.alloc(11, 0x7f)])
  await expect(read(Buffer.concat([patched(file, { 124: absurd }), end]))).rejects.toMatchObject({
    code: 'TAR_INVALID',
  })
})

test('pax times are floored, and before 1970 are 0', async () => {
  const at = (time: string): Buffer =>
    Buffer.concat([extended('x', encodePax(new Map([['mtime', Buffer.from(time)]]))), encodeHeader(file)])
  const back = await read(Buffer.concat([at('12.999999'), at('-0.5'), at('-77'), end]))
  expect(back.map(({ mtime }) => mtime)).toEqual([12, 0, 0])
})

test('global headers change nothing', async () => {
  const global = extended(
    'g',
    encodePax(
      new Map([
        ['uid', Buffer.from('77')],
        ['comment', Buffer.from('c')],
      ]),
    ),
  )
  expect(await read(Buffer.concat([global, encodeHeader(file), end]))).toEqual([file])
})

test('names that are not UTF-8 stay distinct', async () => {
  const back = await read(
    Buffer.concat([patched(file, { 0: Buffer.of(0xe4) }), patched(file, { 0: Buffer.of(0xe5) }), end]),
  )
  expect(back.map(({ path }) => path)).toEqual(['\udce4', '\udce5'])
})

test('bytes after the end of the archive are read from the stream', async () => {
  let isDrained = false
  async function* source(): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.concat([encodeHeader(file), end])
    yield Buffer.from('garbage')
    isDrained = true
  }
  expect(await Array.fromAsync(readTar(source()))).toHaveLength(1)
  expect(isDrained).toBe(true)
})

const whole = Buffer.concat([encodeHeader({ ...file, size: 700 }), Buffer.alloc(1024)])
test.each([
  ['inside a header', whole.subarray(0, 300), { code: 'TAR_TRUNCATED', offset: 0 }],
  ['inside a body', whole.subarray(0, 1000), { code: 'TAR_TRUNCATED', offset: 1000 }],
  ['inside an extended header', extended('x', Buffer.alloc(600, 65)).subarray(0, 700), { code: 'TAR_TRUNCATED' }],
  ['with a wrong checksum', Buffer.concat([Buffer.from('x'), whole.subarray(1)]), { code: 'TAR_CHECKSUM', offset: 0 }],
  ['of text', Buffer.alloc(2048, 'hello world'), { code: 'TAR_INVALID' }],
  ['with an unknown type', patched(file, { 156: 'Z' }), { code: 'TAR_UNSUPPORTED' }],
  ['with a sparse file', patched(file, { 156: 'S' }), { code: 'TAR_UNSUPPORTED' }],
  ['with a bad pax record', extended('x', Buffer.from('99 path=a\n')), { code: 'TAR_INVALID', offset: 512 }],
  ['with a pax header beyond 1 MiB', patched(file, { 156: 'x', 124: '00004000001' }), { code: 'TAR_TOO_LARGE' }],
  [
    'with a name beyond 4096 bytes',
    Buffer.concat([extended('L', Buffer.alloc(5000, 97)), encodeHeader(file)]),
    { code: 'TAR_TOO_LARGE' },
  ],
  ['that goes on after zeros', Buffer.concat([Buffer.alloc(512), encodeHeader(file)]), { code: 'TAR_INVALID' }],
])('refuses an archive %s', async (_, tar, error) => {
  await expect(read(tar)).rejects.toMatchObject(error)
})

test('refuses more headers than allowed', async () => {
  const tar = Buffer.concat([encodeHeader(file), encodeHeader(file), encodeHeader(file), end])
  await expect(read(tar, { maxEntries: 2 })).rejects.toMatchObject({ code: 'TAR_TOO_LARGE', offset: 1024 })
})

test('random bytes never do anything but throw a TarError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.boolean(), async (bytes, isHeaded) => {
      const tar = isHeaded
        ? Buffer.concat([patched(file, { 156: bytes.subarray(0, 1), 100: bytes.subarray(0, 46) }), bytes])
        : bytes
      const outcome = await read(tar).then(
        () => 'read',
        (error: unknown) => (error instanceof Error ? error.name : 'odd'),
      )
      expect(['read', 'TarError']).toContain(outcome)
    }),
  )
})
