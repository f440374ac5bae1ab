import { type TarEntry, writeTar } from '@tsbuild/tar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addArchive, type ArchiveMember } from './add-archive.ts'
import { applyDiff } from '../model/apply-diff.ts'
import type { Entry } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { contentOf } from '../model/memory-content.ts'
import { isWithin, rootedPath } from '../model/path.ts'
import { readArchive } from './read-archive.ts'
import { collect, directory, file, owned, symlink, treeOf } from '../testing/trees.ts'
import type { Tree } from '../model/tree.ts'
import { viewOf } from '../model/view.ts'

const time = 1000
const base = { ...owned, uid: 5, gid: 6 }
const dir = (path: string, mode = 0o700): TarEntry => ({ ...base, mode, path, type: 'directory' })
const regular = (path: string): TarEntry => ({ ...base, path, type: 'file', size: path.length })
const link = (path: string, target: string, type: 'symlink' | 'hardlink' = 'symlink'): TarEntry => ({
  ...base,
  path,
  type,
  target,
})

async function* text(value: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(value)
}

/** Unpacks an archive of the entries, files containing their path, onto an image. */
async function add(
  entries: readonly TarEntry[],
  image: Readonly<Record<string, Entry>> = {},
  request: { destination?: string; owner?: { uid: number; gid: number } } = {},
): Promise<Tree> {
  const tar = await collect(
    writeTar(entries.map((entry) => (entry.type === 'file' ? { entry, body: text(entry.path) } : { entry }))),
  )
  const members = await readArchive(one(tar), ({ offset, size }) => one(tar.subarray(offset, offset + size)))
  const tree = treeOf(image)
  return applyDiff(tree, addArchive(viewOf(tree), members, { destination: '/o', time, ...request }))
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}

test('86: members are below the destination, which is made, with the metadata of the archive', async () => {
  const tree = await add([dir('d'), regular('d/f'), regular('implied/g')])
  expect([...tree.keys()]).toEqual(['', 'o', 'o/d', 'o/d/f', 'o/implied', 'o/implied/g'])
  expect(tree.get('o')).toMatchObject({ mode: 0o755, uid: 0, mtime: time })
  expect(tree.get('o/d')).toMatchObject({ mode: 0o700, uid: 5, mtime: 7 })
  expect(tree.get('o/implied')).toMatchObject({ mode: 0o755, uid: 0 })
  const found = tree.get('o/d/f')
  expect(found?.type === 'file' ? String(await collect(found.content.open())) : found).toBe('d/f')
})

test('87: another type replaces an entry and its contents; a directory merges', async () => {
  const image = {
    'o/x/y/z': file('z'),
    'o/d': directory({ mode: 0o755 }),
    'o/d/kept': file('k'),
    'o/f': file('f'),
    'o/s': symlink('/elsewhere'),
    elsewhere: directory(),
  }
  const tree = await add([regular('x'), dir('d'), dir('f'), regular('f/g'), dir('s'), regular('s/t')], image)
  expect([...tree.keys()].filter((path) => path.startsWith('o/'))).toEqual([
    'o/d',
    'o/d/kept',
    'o/f',
    'o/f/g',
    'o/s',
    'o/s/t',
    'o/x',
  ])
  expect(tree.get('o/d')).toMatchObject({ mode: 0o700 })
})

test('a directory that was replaced and comes again is empty', async () => {
  const tree = await add([regular('x'), dir('x'), regular('x/new')], { 'o/x/old': file('old') })
  expect([...tree.keys()].filter((path) => path.startsWith('o/x'))).toEqual(['o/x', 'o/x/new'])
})

test("88: the archive's root leaves the destination as it is", async () => {
  expect((await add([dir('.', 0o700), regular('./f')])).get('o')).toMatchObject({ mode: 0o755, uid: 0 })
})

test('an owner is given to the destination and all members, not to directories between them', async () => {
  const tree = await add([dir('d'), regular('e/f')], {}, { destination: '/o/p', owner: { uid: 1, gid: 2 } })
  for (const path of ['o', 'o/p', 'o/p/d', 'o/p/e/f']) expect(tree.get(path)).toMatchObject({ uid: 1, gid: 2 })
  expect(tree.get('o/p/e')).toMatchObject({ uid: 0, gid: 0, mode: 0o755 })
})

test.each([
  ['a name', regular('../x')],
  ['an absolute name', regular('/a/../../x')],
  ['a hard link', link('l', '../../etc/passwd', 'hardlink')],
])('%s that leads out is refused', async (_, entry) => {
  await expect(add([entry], { 'etc/passwd': file('root') })).rejects.toMatchObject({ code: 'ARCHIVE_BREAKOUT' })
})

test('a symlink may say what it likes', async () => {
  const tree = await add([link('l', '../../x'), link('d/m', '../../../y'), regular('l/f')])
  expect(tree.get('o/l')).toMatchObject({ target: '../../x' })
  expect(tree.get('o/d/m')).toMatchObject({ target: '../../../y' })
  expect(tree.has('x')).toBe(false)
  expect(tree.get('o/x/f')).toMatchObject({ type: 'file' })
})

test('another name of a member keeps its content when the member is replaced', async () => {
  const tree = await add([
    regular('a'),
    link('b', 'a', 'hardlink'),
    link('c', 'a', 'hardlink'),
    link('a', '/elsewhere'),
  ])
  expect(tree.get('o/a')).toMatchObject({ type: 'symlink' })
  expect(tree.get('o/b')).toMatchObject({ type: 'file', content: { size: 1 } })
  expect(tree.get('o/c')).toMatchObject({ type: 'hardlink', target: 'o/b' })
})

test('symlinks on the way are confined to the destination', async () => {
  const tree = await add([link('l', '/etc'), regular('l/passwd')], { 'etc/passwd': file('root') })
  expect(tree.get('etc/passwd')).toMatchObject({ content: { size: 4 } })
  expect(tree.get('o/etc/passwd')).toMatchObject({ type: 'file' })
  expect(tree.get('o/l')).toMatchObject({ target: '/etc' })
})

test('hard links are relative to the destination and bring along what they link to', async () => {
  const tree = await add([regular('a'), link('d/b', 'a', 'hardlink'), link('c', '/old', 'hardlink')], {
    'o/old': file('old'),
  })
  expect(tree.get('o/d/b')).toMatchObject({ type: 'hardlink', target: 'o/a' })
  expect(tree.get('o/c')).toMatchObject({ type: 'hardlink', target: 'o/old' })
  await expect(add([link('c', 'missing', 'hardlink')])).rejects.toMatchObject({ code: 'LINK_TARGET_MISSING' })
})

test('a destination that is a file is refused', async () => {
  await expect(add([regular('a')], { o: file('o') })).rejects.toMatchObject({ code: 'COPY_CONFLICT' })
})

test('no archive changes anything outside of the destination', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', '..', '.', '', 'etc'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'))
  const member = fc
    .tuple(name, name, fc.constantFrom('file', 'directory', 'symlink', 'hardlink', 'fifo'))
    .map(([path, target, type]): ArchiveMember => {
      if (type === 'file') return { entry: { ...base, path, type, size: 1 }, content: contentOf('x') }
      if (type === 'symlink' || type === 'hardlink') return { entry: { ...base, path, type, target } }
      return { entry: { ...base, path, type: type === 'fifo' ? 'fifo' : 'directory' } }
    })
  const image = treeOf({ 'o/b/etc': file('below'), 'o/l': symlink('/etc'), 'etc/a': file('outside'), b: directory() })
  fc.assert(
    fc.property(fc.array(member, { maxLength: 8 }), (members) => {
      try {
        const diff = addArchive(viewOf(image), members, { destination: '/o', time })
        for (const [path, change] of diff) {
          expect(rootedPath(path)).toBe(path)
          expect(isWithin('o', path)).toBe(true)
          if (change.type === 'set' && change.entry.type === 'hardlink')
            expect(diff.get(change.entry.target)).toMatchObject({ entry: { type: 'file' } })
        }
        expect(applyDiff(image, diff).get('etc/a')).toBe(image.get('etc/a'))
      } catch (error) {
        if (!(error instanceof TreeError)) throw error
      }
    }),
    { numRuns: 3000 },
  )
})
