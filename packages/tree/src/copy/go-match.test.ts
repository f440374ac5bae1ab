import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goMatch, hasWildcard } from './go-match.ts'

// Cases of the documentation and tests of Go's path/filepath, as facts: pattern, path, outcome.
test.each([
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/fff', false],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['a?b', 'a/b', false],
  ['a*b', 'a/b', false],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'x', true],
  ['[x\\-]', '-', true],
  ['[\\-x]', 'a', false],
  ['[]a]', ']', false],
  ['[-]', '-', false],
  ['[x-]', 'x', false],
  ['[-x]', 'x', false],
  ['\\', 'a', false],
  ['[a-b-c]', 'a', false],
  ['[', 'a', false],
  ['[^', 'a', false],
  ['[^bc', 'a', false],
  ['a[', 'a', false],
  ['*x', 'xxx', true],
  ['[b-a]', 'a', false],
  ['[^b-a]', 'a', true],
  ['arr[[]0].txt', 'arr[0].txt', true],
  ['.*', '.hidden', true],
  ['*', '.hidden', true],
  ['**', 'a/b', false],
])('goMatch(%j)(%j) is %j', (pattern, path, expected) => {
  expect(goMatch(pattern)(path)).toBe(expected)
})

/** The definition, executed naively, for patterns without classes and escapes. */
function naive(pattern: string, path: string): boolean {
  if (pattern === '') return path === ''
  const rest = pattern.slice(1)
  if (pattern.startsWith('*'))
    return naive(rest, path) || (path !== '' && !path.startsWith('/') && naive(pattern, path.slice(1)))
  if (path === '') return false
  return (pattern.startsWith('?') ? !path.startsWith('/') : pattern[0] === path[0]) && naive(rest, path.slice(1))
}

test('stars and question marks match by their definition', () => {
  const text = (letters: string): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...letters.split('')), { maxLength: 8 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text('ab/*?.'), text('ab/.'), (pattern, path) => goMatch(pattern)(path) === naive(pattern, path)),
  )
})

test('any text without special characters matches itself and nothing else', () => {
  const plain = fc.string({ unit: 'grapheme' }).filter((text) => !/[\\*?[]/.test(text))
  fc.assert(fc.property(plain, plain, (pattern, path) => goMatch(pattern)(path) === (pattern === path)))
})

test.each([
  ['a*', true],
  ['a\\*', false],
  ['a\\\\*', true],
  ['a[', true],
  ['a]b', false],
  ['\\', false],
])('hasWildcard(%j) is %j', (path, expected) => {
  expect(hasWildcard(path)).toBe(expected)
})

test('what a star swallowed is not tried again', () => {
  expect(goMatch('*[^a]*b')('x/yb')).toBe(false)
  expect(goMatch('*[^a]b')('x/b')).toBe(true)
  expect(goMatch('**b')('ab')).toBe(true)
})

// An expression that backtracks would need 2^50 steps and more here; the test would not end.
test.each(['*a'.repeat(50), '*?'.repeat(50), '*[ab]'.repeat(50), '*a?'.repeat(1000), `${'*'.repeat(50_000)}b`])(
  'a pattern full of stars takes bounded steps',
  (pattern) => {
    expect(goMatch(`${pattern}[c]`)('a'.repeat(4000))).toBe(false)
    expect(goMatch(pattern)('a'.repeat(4000))).toBe(!pattern.endsWith('b'))
  },
)
