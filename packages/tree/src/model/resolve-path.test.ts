import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry } from './entry.ts'
import { rootedPath } from './path.ts'
import { resolvePath } from './resolve-path.ts'
import { directory, file, symlink, treeOf } from '../testing/trees.ts'
import { viewOf } from './view.ts'

const view = viewOf(
  treeOf({
    'real/dir/file': file('1'),
    abs: symlink('/real/dir'),
    'deep/down/abs': symlink('/real/dir'),
    rel: symlink('real/./dir'),
    'real/up': symlink('../../../../real'),
    twice: symlink('abs/file'),
    loop: symlink('loop2'),
    loop2: symlink('/loop'),
    dangling: symlink('nowhere/x'),
    empty: directory(),
  }),
)

test.each([
  ['/', ''],
  ['/real//dir/./file', 'real/dir/file'],
  ['abs/file', 'real/dir/file'],
  ['deep/down/abs/file', 'real/dir/file'],
  ['deep/down/abs/../x', 'real/x'],
  ['rel', 'real/dir'],
  ['rel/..', 'real'],
  ['../../etc', 'etc'],
  ['real/up/dir', 'real/dir'],
  ['twice', 'real/dir/file'],
  ['dangling', 'nowhere/x'],
  ['missing/../../a', 'a'],
])('%s leads to "%s"', (path, expected) => {
  expect(resolvePath(view, path)).toBe(expected)
})

test('the last component stays when asked', () => {
  expect(resolvePath(view, '/abs/', { followLast: false })).toBe('abs')
  expect(resolvePath(view, 'abs/file', { followLast: false })).toBe('real/dir/file')
})

test('a ring of links ends in an error', () => {
  expect(() => resolvePath(view, 'loop/x')).toThrow(expect.objectContaining({ code: 'TOO_MANY_LINKS' }))
})

test('no links lead out of the root, and what they lead to is no link', () => {
  const part = fc.constantFrom('a', 'b', 'c', '..', '.', '')
  const target = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))
  const where = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
  fc.assert(
    fc.property(fc.dictionary(where, fc.option(fc.tuple(fc.boolean(), target))), target, (links, path) => {
      const entries = Object.entries(links).map(([at, to]): [string, Entry] => [
        at,
        to === null ? directory() : symlink((to[0] ? '/' : '') + to[1]),
      ])
      const files = viewOf(treeOf(Object.fromEntries(entries)))
      let resolved: string
      try {
        resolved = resolvePath(files, path)
      } catch (error) {
        expect(error).toMatchObject({ code: 'TOO_MANY_LINKS' })
        return
      }
      expect(rootedPath(resolved)).toBe(resolved)
      expect(files.get(resolved)?.type).not.toBe('symlink')
      expect(resolvePath(files, resolved)).toBe(resolved)
    }),
    { numRuns: 2000 },
  )
})
