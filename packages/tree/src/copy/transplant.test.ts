import { expect, test } from 'vitest'
import { applyDiff } from '../model/apply-diff.ts'
import type { Diff } from '../model/diff.ts'
import type { Entry } from '../model/entry.ts'
import { parseChmod } from '../model/mode.ts'
import { selectSources } from './select.ts'
import { directory, file, owned, symlink, treeOf } from '../testing/trees.ts'
import { transplant, type TransplantRequest } from './transplant.ts'
import type { Tree } from '../model/tree.ts'
import { viewOf } from '../model/view.ts'

type Files = Readonly<Record<string, Entry>>

const time = 1000

/** Copies `sources` of a context onto an image. */
function copy(
  files: { readonly context: Files; readonly image?: Files },
  sources: readonly string[],
  request: Partial<TransplantRequest> & { readonly destination: string },
): { diff: Diff; tree: Tree } {
  const context = viewOf(treeOf(files.context))
  const image = treeOf(files.image ?? {})
  const selections = sources.flatMap((path) => selectSources(context, { path }))
  const diff = transplant(viewOf(image), { selections, time, ...request })
  return { diff, tree: applyDiff(image, diff) }
}

/** Paths of a tree without those the image had. */
const paths = (tree: Tree): string[] => [...tree.keys()].filter((path) => path !== '')

test.each(['/app', '/app/', 'app/.', '//app//'])('67: a directory puts its contents into %s', (destination) => {
  expect(paths(copy({ context: { 'src/x': file('x') } }, ['src'], { destination }).tree)).toEqual(['app', 'app/x'])
})

test('68: a wildcard flattens directories', () => {
  const { tree } = copy({ context: { 'd1/x': file('x'), 'd2/y': file('y'), f: file('f') } }, ['*'], {
    destination: '/o/',
  })
  expect(paths(tree)).toEqual(['o', 'o/f', 'o/x', 'o/y'])
})

test('69: several files to a missing path without slash: the last one is the file', () => {
  const { tree } = copy({ context: { a: file('a'), b: file('bb') } }, ['a', 'b'], { destination: '/o' })
  expect(tree.get('o')).toMatchObject({ type: 'file', content: { size: 2 } })
})

test('70: nothing selected is an empty layer', () => {
  expect(copy({ context: { a: file('a') } }, ['no*'], { destination: '/o/' }).diff.size).toBe(0)
})

test('71: a new destination is 0755 of root with the time of the source, what is below keeps its mode', () => {
  const { tree } = copy(
    { context: { src: directory({ mode: 0o700, uid: 5, mtime: 3 }), 'src/d': directory({ mode: 0o711, uid: 5 }) } },
    ['src'],
    { destination: '/a/b' },
  )
  expect(tree.get('a')).toMatchObject({ mode: 0o755, uid: 0, mtime: time })
  expect(tree.get('a/b')).toMatchObject({ mode: 0o755, uid: 0, mtime: 3 })
  expect(tree.get('a/b/d')).toMatchObject({ mode: 0o711, uid: 5 })
})

test('72: an existing directory below the destination gets the metadata of the source, one on the way keeps its own', () => {
  const context = { 'root/tmp': directory({ mode: 0o755 }), 'root/tmp/f': file('f') }
  const image = { tmp: directory({ mode: 0o1777, mtime: 5 }) }
  expect(copy({ context, image }, ['root'], { destination: '/' }).tree.get('tmp')).toMatchObject({ mode: 0o755 })
  const { diff, tree } = copy({ context, image }, ['root/tmp/f'], { destination: '/tmp/' })
  expect(tree.get('tmp')).toMatchObject({ mode: 0o1777, mtime: 5 })
  expect([...diff.keys()].sort()).toEqual(['tmp', 'tmp/f'])
})

test('an existing destination keeps mode and owner but takes the time of a source directory', () => {
  const { tree } = copy(
    { context: { src: directory({ mtime: 3 }) }, image: { app: directory({ mode: 0o700, uid: 9, mtime: 5 }) } },
    ['src'],
    { destination: '/app' },
  )
  expect(tree.get('app')).toMatchObject({ mode: 0o700, uid: 9, mtime: 3 })
})

test('73: symlinks in the destination are followed within the root', () => {
  const image = { lnk: symlink('/real'), real: directory(), flnk: symlink('../../t'), dangling: symlink('new/place') }
  const at = (destination: string): string[] =>
    [...copy({ context: { f: file('f') }, image }, ['f'], { destination }).diff.keys()].sort()
  expect(at('/lnk')).toEqual(['real', 'real/f'])
  expect(at('/flnk')).toEqual(['t'])
  expect(at('/dangling')).toEqual(['new', 'new/place'])
  expect(at('/lnk/x/f')).toEqual(['real', 'real/x', 'real/x/f'])
})

test.each([
  {
    case: 'a directory in place of a symlink to one',
    context: { 's/x/y': file('y') },
    image: { 'd/x': symlink('/e'), e: directory() },
    to: '/d',
    message: 'cannot copy to non-directory: /d/x',
  },
  {
    case: 'a file in place of a directory',
    context: { 's/x': file('x') },
    image: { 'd/x/y': file('y') },
    to: '/d',
    message: 'cannot replace to directory /d/x with file',
  },
  {
    case: 'a directory to a file',
    context: { 's/x': file('x') },
    image: { d: file('d') },
    to: '/d',
    message: 'cannot copy to non-directory: /d',
  },
  {
    case: 'a file into a file',
    context: { s: file('x') },
    image: { d: file('d') },
    to: '/d/',
    message: 'cannot copy to non-directory: /d',
  },
  {
    case: 'a file below a file',
    context: { s: file('x') },
    image: { d: file('d') },
    to: '/d/e/f',
    message: 'cannot copy to non-directory: /d',
  },
])('74: $case is refused', ({ context, image, to, message }) => {
  expect(() => copy({ context, image }, ['s'], { destination: to })).toThrow(
    expect.objectContaining({ code: 'COPY_CONFLICT', message }),
  )
})

test('what is in the way of a file is replaced, not written through', () => {
  const image = { 'd/l': symlink('/etc/passwd'), 'etc/passwd': file('root') }
  const { diff, tree } = copy({ context: { 's/l': file('new') }, image }, ['s'], { destination: '/d' })
  expect([...diff.keys()].sort()).toEqual(['d', 'd/l'])
  expect(tree.get('etc/passwd')).toMatchObject({ content: { size: 4 } })
})

test('75: a symlink as a source is what it leads to, under its own name; inside a directory it stays one', () => {
  const context = { l: symlink('real.txt'), 'real.txt': file('r'), 'd/dangling': symlink('nothing') }
  expect(copy({ context }, ['l'], { destination: '/o/' }).tree.get('o/l')).toMatchObject({ type: 'file' })
  expect(copy({ context }, ['d'], { destination: '/o/' }).tree.get('o/dangling')).toMatchObject({
    type: 'symlink',
    target: 'nothing',
  })
})

test('77, 78: owners are kept, or given to all that is copied or made', () => {
  const context = { 'd/f': { ...file('f'), uid: 7, gid: 8 } }
  expect(copy({ context }, ['d/f'], { destination: '/a/f' }).tree.get('a/f')).toMatchObject({ uid: 7, gid: 8 })
  const { tree } = copy({ context, image: { old: directory() } }, ['d'], {
    destination: '/old/new',
    owner: { uid: 3, gid: 4 },
  })
  expect([tree.get('old'), tree.get('old/new'), tree.get('old/new/f')]).toMatchObject([
    { uid: 0 },
    { uid: 3, gid: 4 },
    { uid: 3, gid: 4 },
  ])
})

test('79, 80: octal modes are for made directories too, symbolic ones are not; symlinks keep theirs', () => {
  const context = {
    f: file('f'),
    't/d': directory({ mode: 0o700 }),
    't/x': file('x', { mode: 0o744 }),
    't/y': file('y'),
    't/l': symlink('y'),
  }
  const octal = copy({ context }, ['f'], { destination: '/a/b/f', mode: parseChmod('644') }).tree
  expect(['a', 'a/b', 'a/b/f'].map((path) => octal.get(path)?.mode)).toEqual([0o644, 0o644, 0o644])
  const sticky = copy({ context }, ['f'], { destination: '/a/f', mode: parseChmod('7751') }).tree
  expect(['a', 'a/f'].map((path) => sticky.get(path)?.mode)).toEqual([0o751, 0o7751])
  const symbolic = copy({ context }, ['f'], { destination: '/a/f', mode: parseChmod('u=rw,go=') }).tree
  expect(['a', 'a/f'].map((path) => symbolic.get(path)?.mode)).toEqual([0o755, 0o600])
  const tree = copy({ context }, ['t'], { destination: '/t', mode: parseChmod('a+X') }).tree
  expect(['t/d', 't/x', 't/y', 't/l'].map((path) => tree.get(path)?.mode)).toEqual([0o711, 0o755, 0o644, 0o777])
})

test('83: parents recreate directories with the metadata they have', () => {
  const context = viewOf(
    treeOf({ x: directory({ mode: 0o711 }), 'x/y': directory({ mode: 0o700 }), 'x/y/a.txt': file('a') }),
  )
  const selections = selectSources(context, { path: 'x/y/a.txt' }, { parents: () => () => false })
  const tree = applyDiff(
    treeOf({}),
    transplant(viewOf(treeOf({})), { selections, destination: '/o', parents: true, time }),
  )
  expect(['o', 'o/x', 'o/x/y', 'o/x/y/a.txt'].map((path) => tree.get(path)?.mode)).toEqual([0o755, 0o711, 0o700, 0o644])
})

test('hard links of a source stay links of each other', () => {
  const context = { 'd/a': file('1'), 'd/b': { ...owned, mode: 0o644, type: 'hardlink', target: 'd/a' } } as const
  expect(copy({ context }, ['d'], { destination: '/o' }).tree.get('o/b')).toMatchObject({
    type: 'hardlink',
    target: 'o/a',
  })
})

test('another name of a file keeps its content when a later source replaces the file', () => {
  const linked = { ...owned, mode: 0o644, type: 'hardlink', target: 'x/a' } as const
  const context = { 'x/a': file('old'), 'x/b': linked, 'x/c': linked, 'y/a': file('newer') }
  const { tree } = copy({ context }, ['x', 'y'], { destination: '/d' })
  expect(tree.get('d/a')).toMatchObject({ type: 'file', content: { size: 5 } })
  expect(tree.get('d/b')).toMatchObject({ type: 'file', content: { size: 3 } })
  expect(tree.get('d/c')).toMatchObject({ type: 'hardlink', target: 'd/b' })
})

test('with parents the destination is a directory even when nothing comes into it', () => {
  const options = { parents: () => () => false }
  const selections = selectSources(viewOf(treeOf({ a: file('a') })), { path: 'no*' }, options)
  const diff = transplant(viewOf(treeOf({})), { selections, destination: '/o', parents: true, time })
  expect(applyDiff(treeOf({}), diff).get('o')).toMatchObject({ type: 'directory', mode: 0o755 })
})

test('79: special bits of an octal mode are not for made directories', () => {
  const { tree } = copy({ context: { f: file('f') } }, ['f'], { destination: '/a/f', mode: parseChmod('4711') })
  expect(tree.get('a')).toMatchObject({ mode: 0o711 })
  expect(tree.get('a/f')).toMatchObject({ mode: 0o4711 })
})

test('directories above a change come along as they are, the root does not', () => {
  const { diff } = copy(
    { context: { f: file('f') }, image: { a: directory({ mode: 0o711, mtime: 5 }), 'a/b': directory({ mtime: 6 }) } },
    ['f'],
    { destination: '/a/b/c/f' },
  )
  expect([...diff.keys()].sort()).toEqual(['a', 'a/b', 'a/b/c', 'a/b/c/f'])
  expect([diff.get('a'), diff.get('a/b'), diff.get('a/b/c')]).toMatchObject([
    { entry: { mode: 0o711, mtime: 5 } },
    { entry: { mtime: 6 } },
    { entry: { mtime: time } },
  ])
})

test('140: the context into the working directory', () => {
  expect(paths(copy({ context: { a: file('a') } }, ['./'], { destination: '/w/' }).tree)).toEqual(['w', 'w/a'])
})
