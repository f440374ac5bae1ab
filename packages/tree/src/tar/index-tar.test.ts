import { encodeHeader, type TarEntry, writeTar } from '@tsbuild/tar'
import { expect, test } from 'vitest'
import type { LocatedChange } from '../model/diff.ts'
import { indexTar } from './index-tar.ts'
import { owned } from '../testing/trees.ts'

type Item =
  | readonly [path: string, type: 'file' | 'directory']
  | readonly [path: string, type: 'symlink' | 'hardlink', target: string]

/** Changes of a layer that has these entries; files contain their path. */
async function index(items: readonly Item[]): Promise<Record<string, LocatedChange['change']>> {
  const inputs = items.map(([path, type, target = '']) => {
    const entry: TarEntry =
      type === 'file'
        ? { ...owned, path, type, size: path.length }
        : type === 'directory'
          ? { ...owned, path, type }
          : { ...owned, path, type, target }
    return type === 'file' ? { entry, body: chunk(path) } : { entry }
  })
  const changes = await Array.fromAsync(indexTar(writeTar(inputs)))
  return Object.fromEntries(changes.map(({ path, change }) => [path, change]))
}

async function* chunk(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text)
}

test('leading slashes and dots are no part of a path, and dots inside are resolved', async () => {
  expect(
    Object.keys(
      await index([
        ['/a', 'file'],
        ['./b', 'file'],
        ['c/./d/../e', 'file'],
        ['.', 'directory'],
      ]),
    ).sort(),
  ).toEqual(['', 'a', 'b', 'c/e'])
})

test.each(['../x', 'a/../../x', '/../x', '..'])('the entry "%s" is refused', async (path) => {
  await expect(
    index([
      ['ok', 'directory'],
      [path, 'directory'],
    ]),
  ).rejects.toMatchObject({ code: 'LAYER_PATH_ESCAPE', path, message: expect.stringContaining('at byte 1024') })
})

test.each(['../x', '/../x'])('a hard link to "%s" is refused, a symlink there is data', async (target) => {
  await expect(index([['a', 'hardlink', target]])).rejects.toMatchObject({ code: 'LAYER_PATH_ESCAPE' })
  expect(await index([['a', 'symlink', target]])).toMatchObject({ a: { entry: { type: 'symlink', target } } })
})

test.each(['.wh...', 'd/.wh..', '.wh.'])('the whiteout "%s" is refused', async (path) => {
  await expect(index([[path, 'file']])).rejects.toMatchObject({ code: 'LAYER_PATH_ESCAPE' })
})

test('whiteouts, opaque marks and the bookkeeping of AUFS', async () => {
  const layer = await index([
    ['d', 'directory'],
    ['d/.wh..wh..opq', 'file'],
    ['d/.wh.gone', 'file'],
    ['.wh..wh.plnk', 'directory'],
    ['e/.wh..wh..opq', 'file'],
  ])
  expect(layer).toMatchObject({
    d: { opaque: true },
    'd/gone': { type: 'remove' },
    e: { opaque: true, entry: { type: 'directory', mode: 0o755 } },
  })
  expect(Object.keys(layer)).toHaveLength(3)
})

test('what is removed and put in one layer is replaced', async () => {
  expect(
    await index([
      ['.wh.f', 'file'],
      ['f', 'file'],
      ['g', 'directory'],
      ['.wh.g', 'file'],
      ['.wh.h', 'file'],
      ['h/i', 'file'],
    ]),
  ).toMatchObject({
    f: { type: 'set', entry: { type: 'file' } },
    g: { type: 'set', opaque: true },
    h: { type: 'set', opaque: true },
  })
})

test('of entries that exclude each other the later one counts', async () => {
  const layer = await index([
    ['a', 'file'],
    ['a', 'symlink', 'x'],
    ['d/x', 'file'],
    ['d', 'file'],
    ['f', 'file'],
    ['f/x', 'file'],
  ])
  expect(layer).toMatchObject({
    a: { entry: { type: 'symlink' } },
    d: { entry: { type: 'file' } },
    f: { entry: { type: 'directory' }, opaque: true },
    'f/x': { entry: { type: 'file' } },
  })
  expect(Object.keys(layer).sort()).toEqual(['a', 'd', 'f', 'f/x'])
})

test('hard links lead to the file itself, links to symlinks become symlinks', async () => {
  const layer = await index([
    ['a', 'file'],
    ['b', 'hardlink', '/a'],
    ['c', 'hardlink', 'b'],
    ['l', 'symlink', 'a'],
    ['m', 'hardlink', 'l'],
  ])
  expect(layer).toMatchObject({
    b: { entry: { type: 'hardlink', target: 'a' } },
    c: { entry: { type: 'hardlink', target: 'a' } },
    m: { entry: { type: 'symlink', target: 'a' } },
  })
})

test.each([
  ['itself', [['a', 'hardlink', 'a']]],
  ['a lower layer', [['a', 'hardlink', 'below']]],
  [
    'what comes later',
    [
      ['a', 'hardlink', 'b'],
      ['b', 'file'],
    ],
  ],
  [
    'what it replaces',
    [
      ['d/x', 'file'],
      ['d', 'hardlink', 'd/x'],
    ],
  ],
  [
    'a file that has to become a directory',
    [
      ['f', 'file'],
      ['f/x', 'hardlink', 'f'],
    ],
  ],
  [
    'a directory',
    [
      ['d', 'directory'],
      ['a', 'hardlink', 'd'],
    ],
  ],
] as const)('a hard link to %s is refused', async (_, items) => {
  await expect(index(items)).rejects.toMatchObject({
    code: expect.stringMatching(/^(LINK_TARGET_MISSING|LAYER_INVALID)$/),
  })
})

test('a layer cut off is refused', async () => {
  const header = encodeHeader({ ...owned, path: 'a', type: 'file', size: 10_000 })
  await expect(Array.fromAsync(indexTar(chunkOf(header)))).rejects.toMatchObject({ code: 'TAR_TRUNCATED' })
})

async function* chunkOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}

test('a directory that is replaced again and again costs only what is in it, and so do the names of a file', async () => {
  const many = Array.from({ length: 4_000 }, (_, index): Item => [`a/${index}`, 'file'])
  const again = Array.from({ length: 1_000 }, (): readonly Item[] => [
    ['d/x', 'file'],
    ['d', 'file'],
  ])
  const links = Array.from({ length: 4_000 }, (_, index): Item => [`l/${index}`, 'hardlink', 'a/0'])
  const replaced = Array.from({ length: 2_000 }, (_, index): Item => [`l/${index}`, 'file'])
  const layer = await index([...many, ...again.flat(), ...links, ['a/0', 'file'], ...replaced])
  expect(Object.keys(layer)).toHaveLength(8_001)
  // The first name that is left has the content that all had.
  expect(layer['l/2000']).toMatchObject({ entry: { type: 'file', content: { size: 3 } } })
  expect(layer['l/3999']).toMatchObject({ entry: { type: 'hardlink', target: 'l/2000' } })
})
