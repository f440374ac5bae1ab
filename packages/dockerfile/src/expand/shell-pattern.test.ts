import fc from 'fast-check'
import { expect, test } from 'vitest'
import { removePrefix, removeSuffix, replace } from './shell-pattern.ts'

const value = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 })
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 5 })

/** The same pattern as an expression; on such short values it may backtrack as it likes. */
const expression = (text: string): string => text.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')

test('prefixes and suffixes are the shortest and longest that match', () => {
  fc.assert(
    fc.property(value, pattern, (value, pattern) => {
      const whole = new RegExp(`^${expression(pattern)}$`, 's')
      const lengths = Array.from({ length: value.length + 1 }, (_, length) => length)
      const prefixes = lengths.filter((length) => whole.test(value.slice(0, length)))
      const suffixes = lengths.filter((length) => whole.test(value.slice(value.length - length)))
      expect(removePrefix(value, pattern, false)).toBe(value.slice(prefixes[0] ?? 0))
      expect(removePrefix(value, pattern, true)).toBe(value.slice(prefixes.at(-1) ?? 0))
      expect(removeSuffix(value, pattern, false)).toBe(value.slice(0, value.length - (suffixes[0] ?? 0)))
      expect(removeSuffix(value, pattern, true)).toBe(value.slice(0, value.length - (suffixes.at(-1) ?? 0)))
    }),
    { numRuns: 2000 },
  )
})

test('replacement takes the first match, as long as it can', () => {
  fc.assert(
    fc.property(value, pattern, (value, pattern) => {
      const greedy = new RegExp(expression(pattern), 's')
      expect(replace(value, pattern, { replacement: '<>', all: false })).toBe(value.replace(greedy, '<>'))
    }),
    { numRuns: 2000 },
  )
})

test('all matches are replaced', () => {
  expect(replace('a.b.c', '.', { replacement: '-', all: true })).toBe('a-b-c')
  expect(replace('abab', 'b', { replacement: '', all: true })).toBe('aa')
  expect(replace('\u{1f600}\u{1f600}', '?', { replacement: 'x', all: true })).toBe('xx')
  expect(replace('ab', '*', { replacement: 'x', all: true })).toBe('x')
})

test('a backslash protects wildcards and the construct, nothing else', () => {
  expect(removePrefix('*a', '\\*', false)).toBe('a')
  expect(removePrefix('}/a', '\\}\\/', false)).toBe('a')
  expect(() => removePrefix('a', '\\a', false)).toThrow("invalid pattern (\\a) in substitution: invalid escape '\\a'")
})

test('work without end is refused', () => {
  expect(() => removePrefix('a'.repeat(100_000), `${'a'.repeat(10_000)}b`, true)).toThrow('too long for its value')
})
