import { zstdCompressSync } from 'node:zlib'
import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { decodeMount, encodeMount, mountLimits, type MountManifest } from './mount-manifest.ts'

const hex = digestOf('chunk').slice('sha256:'.length)
const pack = [digestOf('pack'), 10, [[hex, 20, 10]]]
const root = ['d', '', 0o755, 0, 0, '1']
const file = (path: string, chunks: readonly number[] = [0]): unknown => ['f', path, 0o644, 0, 0, '1', 1, chunks]

/** The error of reading a manifest with these entries. */
async function read(entries: readonly unknown[], packs: readonly unknown[] = [pack]): Promise<string> {
  const bytes = zstdCompressSync(JSON.stringify({ version: 1, packs, entries }))
  return decodeMount(bytes).then(
    () => 'read',
    (error: unknown) => String(error),
  )
}

test('a manifest is read as it was written', async () => {
  const manifest: MountManifest = {
    packs: [{ digest: digestOf('pack'), size: 10, chunks: [{ digest: digestOf('chunk'), size: 20, stored: 10 }] }],
    entries: [
      { type: 'directory', path: '', mode: 0o1777, uid: 0, gid: 5, mtime: 123_456_789n },
      { type: 'file', path: 'a \u{dcff}', mode: 0o4755, uid: 1, gid: 2, mtime: 0n, used: 480_000, chunks: [0, 0] },
      { type: 'symlink', path: 'l', mode: 0o777, uid: 0, gid: 0, mtime: 1n, target: '../../etc/passwd' },
      { type: 'hardlink', path: 'h', target: 'a \u{dcff}' },
    ],
  }
  expect(await decodeMount(await encodeMount(manifest))).toEqual(manifest)
})

test('a path is in a directory of the manifest, not behind a link', async () => {
  const link = ['l', 'l', 0o777, 0, 0, '1', '/etc']
  expect(await read([root, ['d', 'd', 0o755, 0, 0, '1'], file('d/f'), link])).toBe('read')
  const hostile = [
    [file('')],
    [root, file('../f')],
    [root, file('/etc/f')],
    [root, file('.')],
    [root, file('..')],
    [root, file('a//b')],
    [root, file('d/f')],
    [root, link, file('l/f')],
    [root, file('f'), file('f/g')],
    [root, file('f\0g')],
    [root, file('n'.repeat(256))],
  ]
  for (const entries of hostile)
    expect([entries, await read(entries)]).toEqual([entries, expect.stringMatching(/not in a|damaged/)])
  expect(await read([root, file('f'), file('f')])).toMatch('occurs twice')
  expect(await read([root, link, ['h', 'h', 'l']])).toMatch('no file to link to')
  expect(await read([root, ['h', 'h', '../../etc/passwd']])).toMatch('no file to link to')
  expect(await read([root, root])).toMatch('not in a directory')
})

test('numbers are bounded', async () => {
  expect(await read([root, file('f', [1])])).toMatch('out of range')
  expect(await read([root, ['f', 'f', 0o10000, 0, 0, '1', 1, []]])).toMatch('out of range')
  expect(await read([root, ['f', 'f', 0o644, -1, 0, '1', 1, []]])).toMatch('out of range')
  expect(await read([root, ['f', 'f', 0o644, 2 ** 32 - 1, 0, '1', 1, []]])).toMatch('out of range')
  expect(await read([root, ['c', 'null', 0o644, 0, 0, '1']])).toMatch('unknown type')
  expect(await read([root], [[digestOf('pack'), 11, [[hex, 20, 10]]]])).toMatch('another size')
  expect(await read([root], [[digestOf('pack'), 30, [[hex, 20, 30]]]])).toMatch('out of range')
  expect(await read([root], [[digestOf('pack'), 1, [[hex, mountLimits.chunk + 1, 1]]]])).toMatch('out of range')
  expect(await read([root], [[digestOf('pack'), 1, [['../x', 1, 1]]]])).toMatch('damaged')
  expect(await read([], [])).toMatch('not a list of files')
  expect(await read(Array.from({ length: mountLimits.entries + 1 }, () => 0))).toMatch('400001 files')
  expect(
    await read(
      [root],
      Array.from({ length: mountLimits.packs + 1 }, () => pack),
    ),
  ).toMatch('4001 packs')
})

test('few bytes do not become many', async () => {
  const large = [[digestOf('pack'), 10, [[hex, mountLimits.chunk, 10]]]]
  const often = Array.from({ length: mountLimits.total / mountLimits.chunk + 1 }, () => 0)
  expect(await read([root, file('f', often)], large)).toMatch(`more than ${mountLimits.total} bytes of files`)
  const bomb = zstdCompressSync(Buffer.alloc(mountLimits.json + 1, ' '))
  await expect(decodeMount(bomb)).rejects.toThrow()
})
