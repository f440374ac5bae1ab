import fc from 'fast-check'
import { expect, test } from 'vitest'
import { include } from './include.ts'

test.each([
  [
    ['a', 'b/c'],
    ['a', 'b/c'],
  ],
  [['/a/', './a', 'a/.', 'x/../a'], ['a']],
  [['../../etc/passwd'], ['etc/passwd']],
  [
    ['a/b', 'a', 'a/b/c', 'ab', 'a'],
    ['a', 'a/b', 'a/b/c', 'ab'],
  ],
  [
    ['*.js', 'lib/*.js', 'lib/a.js'],
    ['*.js', 'lib/*.js', 'lib/a.js'],
  ],
  [
    ['a*', 'a*/b'],
    ['a*', 'a*/b'],
  ],
  [['x/./y/*.txt'], ['x/y/*.txt']],
  [['src/**/*.ts', 'src/a**'], ['src']],
  [[], []],
])('%j are read as %j', (paths, expected) => {
  expect(include([paths])).toEqual(expected)
})

test.each([['.'], ['/'], [''], ['./'], ['a/..'], ['..'], ['**/*.ts']])('76, 140: %j is everything', (path) => {
  expect(include([['a'], [path]])).toBeUndefined()
})

test('everything is everything', () => {
  expect(include([['a'], 'all'])).toBeUndefined()
})

test('requested paths are covered, with any others', () => {
  const segment = fc.constantFrom('a', 'b', 'c*', '..', '.')
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  fc.assert(
    fc.property(fc.array(path), path, (others, one) => {
      const both = include([others, [one]])
      const alone = include([[one]])
      const covered =
        both === undefined ||
        alone?.every((wanted) => both.some((kept) => wanted === kept || wanted.startsWith(`${kept}/`)))
      expect(covered).toBe(true)
    }),
  )
})
