import { expect, test } from 'vitest'
import type { Change } from './diff.ts'
import { EditedView } from '../copy/edited-view.ts'
import type { Entry, Path } from './entry.ts'
import { HiddenPaths } from './hidden-paths.ts'
import { contentOf } from './memory-content.ts'
import { layeredView, viewOf } from './view.ts'

const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: 0 }
const directory: Entry = { ...metadata, type: 'directory' }
const file: Entry = { ...metadata, type: 'file', content: contentOf('x') }

/** A diff that counts its look-ups. */
class CountedDiff extends Map<Path, Change> {
  lookUps = 0

  override get(path: Path): Change | undefined {
    this.lookUps += 1
    return super.get(path)
  }
}

const depth = 2000
const deepPaths = Array.from({ length: depth }, (_, index) => Array.from({ length: index + 1 }, () => 'd').join('/'))

test('the look-ups for a deep path grow with its depth, not with its square', () => {
  const diff = new CountedDiff(deepPaths.map((path) => [path, { type: 'set', entry: directory }]))
  const view = layeredView([new Map(), diff])
  for (const path of deepPaths) for (const name of view.children(path)) view.get(`${path}/${name}`)
  expect(diff.lookUps).toBeLessThan(12 * depth)
})

test('a directory hides what is below when it is removed, opaque, or no directory', () => {
  const diff = new Map<Path, Change>([
    ['gone', { type: 'remove' }],
    ['new', { type: 'set', entry: directory, opaque: true }],
    ['kept', { type: 'set', entry: directory }],
    ['kept/file', { type: 'set', entry: file }],
  ])
  const hidden = new HiddenPaths(diff)
  const paths = [
    'gone',
    'gone/a',
    'gone/a/b',
    'new/a',
    'new/a/b',
    'kept',
    'kept/a/b',
    'kept/file',
    'kept/file/x',
    'other/a',
    '',
  ]
  for (const _ of ['asked', 'remembered']) {
    expect(paths.filter((path) => hidden.has(path))).toEqual(['gone/a', 'gone/a/b', 'new/a', 'new/a/b', 'kept/file/x'])
  }
})

test('what is put after a look-up changes the answer for what is below', () => {
  const below = viewOf(new Map<Path, Entry>([['a/b/c', file]]))
  const view = new EditedView(below)
  expect(view.get('a/b/c')).toBe(file)
  view.put('a', file)
  expect(view.get('a/b/c')).toBeUndefined()
  view.put('a', directory)
  expect(view.get('a/b/c')).toBeUndefined()
  view.put('a/b', directory)
  expect(view.get('a/b')).toBe(directory)
})
