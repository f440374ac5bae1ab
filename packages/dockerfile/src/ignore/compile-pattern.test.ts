import fc from 'fast-check'
import { minimatch } from 'minimatch'
import { expect, test } from 'vitest'
import { compilePattern } from './compile-pattern.ts'

const options = { dot: true, nobrace: true, noext: true, nonegate: true, nocomment: true }

test('plain wildcards mean what they mean to minimatch', () => {
  const segment = fc
    .array(fc.constantFrom('a', 'b', '.', '*', '?', '[ab]'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join(''))
  // `**` inside a segment and dots as segments mean something else to both; `**` as a last segment
  // matches the directory to minimatch.
  const pattern = fc
    .tuple(fc.array(fc.oneof(segment, fc.constant('**')), { maxLength: 3 }), segment)
    .map(([parts, last]) => [...parts, last])
    .filter((parts) => parts.every((part) => part === '**' || !(part.includes('**') || /^\.+$/.test(part))))
    .map((parts) => parts.join('/'))
  const path = fc
    .array(fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    })
    .filter((parts) => parts.every((part) => !/^\.+$/.test(part)))
    .map((parts) => parts.join('/'))
  fc.assert(
    fc.property(pattern, path, (pattern, path) => {
      expect(compilePattern(pattern).matches(path)).toBe(minimatch(path, pattern, options))
    }),
    { numRuns: 3000 },
  )
})

test('what matches a path could match all that the path begins with', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '/', '*', '**', '?', '[^a]', '^'), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(''))
  const path = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(pattern, path, fc.nat(8), (pattern, path, length) => {
      const { matches, couldMatch } = compilePattern(pattern)
      if (matches(path)) expect(couldMatch(path.slice(0, length))).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

// An expression that backtracks would need 2^50 steps and more here; the test would not end.
test.each([
  '*a'.repeat(50),
  '**/'.repeat(50),
  '**a'.repeat(50),
  '*[^b]'.repeat(50),
  '*?'.repeat(50),
  `${'*'.repeat(20_001)}x`,
  `${'**/'.repeat(9999)}*x`,
])('%s is matched in bounded steps', (pattern) => {
  const path = `${'a'.repeat(2000)}/${'a/'.repeat(500)}b`
  expect(compilePattern(`${pattern}[c]`).matches(path)).toBe(false)
})
