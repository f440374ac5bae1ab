import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, type Header, pack } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTar } from './read-tar.ts'
import { writeTar } from './write-tar.ts'

// The reasons why archives are not framed by tar-stream (README.md). A test that fails here means
// that tar-stream has changed, and that a reason is gone.
let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tar-stream-'))
  writeFileSync(join(directory, 'sparse'), 'begin')
  truncateSync(join(directory, 'sparse'), 5_000_000)
})
afterAll(() => rmSync(directory, { recursive: true }))

async function headersOf(tar: Buffer): Promise<readonly Header[]> {
  const headers: Header[] = []
  const entries = extract()
  Readable.from([tar]).pipe(entries)
  for await (const entry of entries) {
    headers.push(entry.header)
    entry.resume()
  }
  return headers
}

test.for(['gnu', 'pax'])('sparse files of GNU tar, format %s, have another size or name', async (format) => {
  const flags = ['--create', '--sparse', `--format=${format}`, '--directory', directory, 'sparse']
  const tar = execFileSync('tar', flags)
  const [header] = await headersOf(tar)
  expect([header?.name, header?.size]).not.toEqual(['sparse', 5_000_000])
  const own = await Array.fromAsync(readTar(Readable.from([tar])), async ({ entry, body }) => {
    let size = 0
    for await (const chunk of body) size += chunk.length
    return [entry.path, size]
  })
  expect(own).toEqual([['sparse', 5_000_000]])
})

test('a date from 2038 on is written wrong', async () => {
  const date = new Date('2050-01-01T00:00:00Z')
  const packed = pack()
  packed.entry({ name: 'f', mtime: date }, 'x')
  packed.finalize()
  const [header] = await headersOf(await buffer(packed))
  expect(header?.mtime).not.toEqual(date)
  const entry = { type: 'directory', path: 'd', mode: 0o755, uid: 0, gid: 0, mtime: date.getTime() / 1000 } as const
  const own = await Array.fromAsync(readTar(writeTar([{ entry }])), (item) => item.entry.mtime)
  expect(own).toEqual([date.getTime() / 1000])
})

test('extended attributes that are not text are lost', async () => {
  const value = new Uint8Array([1, 0, 0, 2, 255, 254])
  const xattrs = new Map([['security.capability', value]])
  const entry = { type: 'directory', path: 'd', mode: 0o755, uid: 0, gid: 0, mtime: 0, xattrs } as const
  const chunks = await Array.fromAsync(writeTar([{ entry }]))
  const [header] = await headersOf(Buffer.concat(chunks))
  const records = new Map<string, unknown>(Object.entries(header?.pax ?? {}))
  const read = Buffer.from(String(records.get('SCHILY.xattr.security.capability')))
  expect(read.equals(Buffer.from(value))).toBe(false)
})
