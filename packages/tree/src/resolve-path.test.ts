import { expect, test } from 'vitest'
import { resolvePath } from './resolve-path.ts'
import { directory, file, symlink, treeOf } from './test-trees.ts'
import { viewOf } from './view.ts'

const view = viewOf(
  treeOf({
    'real/dir/file': file('1'),
    abs: symlink('/real/dir'),
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
