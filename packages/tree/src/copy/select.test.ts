import { expect, test } from 'vitest'
import { goMatch } from './go-match.ts'
import { selectSources, type SelectOptions } from './select.ts'
import { selectionDigest } from './selection-digest.ts'
import { directory, file, owned, symlink, treeOf } from '../testing/trees.ts'
import { type TreeView, viewOf } from '../model/view.ts'

const context = viewOf(
  treeOf({
    'a.txt': file('a'),
    'b.txt': file('b'),
    '.hidden.txt': file('h'),
    'arr[0].txt': file('bracket'),
    'd1/x': file('x'),
    'd1/sub/deep.txt': file('deep'),
    'd2/y.md': file('y'),
    link: symlink('/a.txt'),
    dlink: symlink('d1'),
    passwd: symlink('/etc/passwd'),
    dangling: symlink('nothing'),
  }),
)

/** Places of selections and their contents. */
function select(path: string, options: SelectOptions = {}, view: TreeView = context): unknown {
  return selectSources(view, { path }, options).map(({ path: found, name, contents }) => [
    found,
    name,
    ...Array.from(contents, (item) => item.path),
  ])
}

test.each([
  ['a.txt', [['a.txt', 'a.txt']]],
  ['/a.txt/', [['a.txt', 'a.txt']]],
  ['../../a.txt', [['a.txt', 'a.txt']]],
  ['d1/../a.txt', [['a.txt', 'a.txt']]],
  ['d1', [['d1', 'd1', 'sub', 'sub/deep.txt', 'x']]],
  ['d1/.', [['d1', 'd1', 'sub', 'sub/deep.txt', 'x']]],
  ['link', [['a.txt', 'link']]],
  ['dlink/sub/deep.txt', [['d1/sub/deep.txt', 'deep.txt']]],
  ['dlink', [['d1', 'dlink', 'sub', 'sub/deep.txt', 'x']]],
  [
    '*.txt',
    [
      ['.hidden.txt', '.hidden.txt'],
      ['a.txt', 'a.txt'],
      ['arr[0].txt', 'arr[0].txt'],
      ['b.txt', 'b.txt'],
    ],
  ],
  [
    'd?',
    [
      ['d1', 'd1', 'sub', 'sub/deep.txt', 'x'],
      ['d2', 'd2', 'y.md'],
    ],
  ],
  ['*/*.md', [['d2/y.md', 'y.md']]],
  ['dlink/s*', [['d1/sub', 'sub', 'deep.txt']]],
  ['li*', [['a.txt', 'link']]],
  ['no*.txt', []],
  ['**/deep.txt', []],
  ['arr[[]0].txt', [['arr[0].txt', 'arr[0].txt']]],
])('%s selects %j', (path, expected) => {
  expect(select(path)).toEqual(expected)
})

test('the whole context is the contents of its root', () => {
  expect([...(selectSources(context, { path: '.' })[0]?.contents ?? [])]).toHaveLength(14)
})

test('a literal path may look like a pattern', () => {
  expect(selectSources(context, { path: 'arr[0].txt', literal: true })).toMatchObject([{ path: 'arr[0].txt' }])
})

test.each(['no.txt', 'no/*.txt', 'a.txt/x', 'passwd', 'dangling', 'arr\\[0].txt'])('%s is not found', (path) => {
  expect(() => select(path)).toThrow(
    expect.objectContaining({ code: 'SOURCE_NOT_FOUND', message: expect.stringContaining(': not found') }),
  )
})

test('an error names the nearest path that exists', () => {
  expect(() => select('dlink/sub/no/no')).toThrow(
    expect.objectContaining({ message: '"/dlink/sub/no/no": not found', hint: expect.stringContaining('"/d1/sub"') }),
  )
})

test('exclude works in copied directories, relative to them, not on what is named', () => {
  const options = { exclude: (path: string) => path === 'x' || path === 'sub' }
  expect(select('d1', options)).toEqual([['d1', 'd1', 'sub', 'sub/deep.txt']])
  expect(select('d1', { exclude: (path) => path.startsWith('sub') })).toEqual([['d1', 'd1', 'x']])
  expect(select('d1/x', { exclude: () => true })).toEqual([['d1/x', 'x']])
})

test('parents take paths from the root or the pivot, with the directories they are in', () => {
  const parents = (pattern: string) => goMatch(pattern.replace('**/', '*/'))
  const contents = (path: string): unknown =>
    selectSources(context, { path }, { parents }).map((found) => [
      found.path,
      ...Array.from(found.contents, (item) => item.path),
    ])
  expect(contents('d1/sub/deep.txt')).toEqual([['', 'd1', 'd1/sub', 'd1/sub/deep.txt']])
  expect(contents('./d1/./sub/*.txt')).toEqual([['d1', 'sub', 'sub/deep.txt']])
  expect(contents('**/sub')).toEqual([['', 'd1', 'd1/sub', 'd1/sub/deep.txt']])
  expect(contents('d1/no*')).toEqual([['']])
  expect(() => contents('d1/no')).toThrow(expect.objectContaining({ code: 'SOURCE_NOT_FOUND' }))
  expect(() => contents('dlink/x')).toThrow(
    expect.objectContaining({ code: 'SOURCE_NOT_FOUND', hint: 'it leads through a symlink to "/d1/x"' }),
  )
  expect(contents('dlink/./x')).toEqual([['d1', 'x']])
  expect(contents('a*/./*')).toEqual([])
})

test.each(['.', './', '/', './.', '././'])('parents of the root, written %s, are all of it', (path) => {
  const parents = (): never => expect.fail('the root is not a pattern')
  const paths = (from: string): readonly string[] =>
    selectSources(context, { path: from }, { parents }).flatMap(({ contents }) =>
      Array.from(contents, (item) => item.path),
    )
  expect(paths(path)).toEqual(Array.from(selectSources(context, { path: '.' })[0]?.contents ?? [], (item) => item.path))
  expect(paths('d1/./')).toEqual(['sub', 'sub/deep.txt', 'x'])
  expect(paths('./d1/./')).toEqual(paths('d1/./'))
  expect(selectSources(context, { path: 'd1/x/./' }, { parents })).toMatchObject([
    { name: 'x', entry: { type: 'file' } },
  ])
})

test.each(['[a', 'd1/[', '*/x[]', 'd?/\\'])('the malformed pattern %s is an error', (path) => {
  expect(() => select(path)).toThrow(expect.objectContaining({ code: 'PATTERN_INVALID' }))
})

test('hard links are kept within one selection, whichever name comes first', () => {
  const view = viewOf(
    treeOf({
      'in/b': { ...owned, type: 'hardlink', target: 'out/a' },
      'in/c': { ...owned, type: 'hardlink', target: 'out/a' },
      'out/a': file('1'),
      'out/0': { ...owned, type: 'hardlink', target: 'out/a' },
    }),
  )
  const types = (path: string): unknown =>
    Array.from(selectSources(view, { path })[0]?.contents ?? [], ({ path: at, entry }) => [
      at,
      entry.type === 'hardlink' ? entry.target : entry.type,
    ])
  expect(types('in')).toEqual([
    ['b', 'file'],
    ['c', 'b'],
  ])
  expect(types('out')).toEqual([
    ['0', 'file'],
    ['a', '0'],
  ])
  expect(selectSources(view, { path: 'in/b' })).toMatchObject([{ entry: { type: 'file' } }])
})

test('the digest of a selection is about what is read, not about times, nor about what else there is', () => {
  const digest = (files: Parameters<typeof treeOf>[0], path = 'd'): string =>
    selectionDigest(viewOf(treeOf(files)), [{ path }])
  const base = digest({ 'd/f': file('1') })
  expect(digest({ 'd/f': { ...file('1'), mtime: 99 }, other: file('2') })).toBe(base)
  expect(digest({ 'e/f': file('1') }, 'e')).toBe(base)
  expect(digest({ d: directory({ mode: 0o700 }), 'd/f': file('1') })).toBe(base)
  const others = [
    { 'd/f': file('2') },
    { 'd/g': file('1') },
    { 'd/f': file('1', { mode: 0o600 }) },
    { 'd/f': { ...file('1'), uid: 1 } },
    { 'd/f': symlink('1') },
    { d: directory() },
    { d: file('1') },
  ]
  expect(new Set([base, ...others.map((files) => digest(files))]).size).toBe(others.length + 1)
})
