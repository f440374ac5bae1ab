import { expect, test } from 'vitest'
import { cleanPath } from './clean-path.ts'

test.each([
  ['', '.'],
  ['.', '.'],
  ['./a', 'a'],
  ['a//b/', 'a/b'],
  ['a/./b/../c', 'a/c'],
  ['../a', '../a'],
  ['a/../../b', '../b'],
  ['/', '/'],
  ['/../a', '/a'],
  ['a/..', '.'],
])('%j is %j', (path, clean) => {
  expect(cleanPath(path)).toBe(clean)
})
