import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { extract } from 'tar-stream'
import type { TarEntry } from './entry.ts'
import { readTar } from './read-tar.ts'
import { collect, entries, inPieces, metadata } from './testing/entries.ts'
import { writeTar } from './write-tar.ts'

const bodyOf = (entry: TarEntry): Uint8Array =>
  entry.type === 'file' ? new Uint8Array(entry.size).fill(entry.path.length) : new Uint8Array(0)

async function write(list: readonly TarEntry[]): Promise<Buffer> {
  return collect(writeTar(list.map((entry) => ({ entry, body: inPieces(bodyOf(entry), 700) }))))
}

test('written entries read back equal, at their offsets, for any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entries, { maxLength: 8 }), fc.integer({ min: 1, max: 3000 }), async (list, length) => {
      const tar = await write(list)
      const back: TarEntry[] = []
      for await (const { entry, offset, body } of readTar(inPieces(tar, length))) {
        back.push(entry)
        const wanted = bodyOf(entry)
        expect(tar.subarray(offset, offset + wanted.length).equals(wanted)).toBe(true)
        expect((await collect(body)).equals(wanted)).toBe(true)
      }
      expect(back).toEqual(list)
    }),
  )
})

// tar-stream does not read a pax `mtime`.
test('tar-stream reads the same entries', async () => {
  const types: Record<string, TarEntry['type']> = {
    'character-device': 'device',
    'block-device': 'device',
    link: 'hardlink',
    file: 'file',
    directory: 'directory',
    symlink: 'symlink',
    fifo: 'fifo',
  }
  await fc.assert(
    fc.asyncProperty(fc.array(entries, { maxLength: 8 }), async (list) => {
      const unpack = extract()
      unpack.end(await write(list))
      const back: unknown[] = []
      for await (const item of unpack) {
        const { header } = item
        const mtime = Math.floor((header.mtime?.getTime() ?? 0) / 1000)
        const type = types[header.type ?? '']
        back.push({
          path: header.name.replace(/\/$/, ''),
          type,
          mode: header.mode,
          mtime,
          size: (await collect(Readable.from(item))).length,
          target: header.linkname,
        })
      }
      expect(back).toEqual(
        list.map((entry) => ({
          path: entry.path,
          type: entry.type,
          mode: entry.mode,
          mtime: entry.mtime < 2 ** 33 ? entry.mtime : 0,
          size: bodyOf(entry).length,
          target: 'target' in entry ? entry.target : null,
        })),
      )
    }),
  )
})

test('extended attributes keep every byte', async () => {
  const xattrs = new Map([
    ['security.capability', Uint8Array.from([1, 0, 0, 2, 0, 32, 0, 0, 10, 255, 61])],
    ['user.empty', new Uint8Array(0)],
  ])
  const tar = await write([{ ...metadata, type: 'file', size: 0, xattrs }])
  const back = await Array.fromAsync(readTar(inPieces(tar, 512)), ({ entry }) => entry.xattrs)
  expect(back).toEqual([xattrs])
})

test('an archive without entries is 1024 zero bytes', async () => {
  expect((await write([])).equals(Buffer.alloc(1024))).toBe(true)
})

test.each([0, 5, 20])('a body of %i bytes for a file of 10 is refused', async (length) => {
  const tar = writeTar([{ entry: { ...metadata, type: 'file', size: 10 }, body: inPieces(new Uint8Array(length), 3) }])
  await expect(collect(tar)).rejects.toMatchObject({ code: 'TAR_INVALID' })
})
