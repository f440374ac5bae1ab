import { expect, test } from 'vitest'
import { formatAge, formatTable } from './format.ts'
import { formatBytes, formatDuration } from '../../units.ts'

test.for<[number, string]>([
  [0, '0B'],
  [999, '999B'],
  [1000, '1.0kB'],
  [1549, '1.5kB'],
  [9949, '9.9kB'],
  [9951, '10kB'],
  [999_499, '999kB'],
  [999_500, '1.0MB'],
  [29_300_000, '29MB'],
  [3e18, '3000PB'],
])('%d bytes are %s', ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.for<[number, string]>([
  [-5, '0.0s'],
  [449, '0.4s'],
  [99_940, '99.9s'],
  [99_950, '1m 40s'],
  [245_000, '4m 05s'],
  [3_600_000, '60m 00s'],
])('%d ms are %s', ([milliseconds, text]) => {
  expect(formatDuration(milliseconds)).toBe(text)
})

test('ages', () => {
  const now = Date.parse('2026-03-10T12:00:00Z')
  expect(formatAge('2026-03-10T11:59:59Z', now)).toBe('1 second ago')
  expect(formatAge('2026-03-10T10:00:00Z', now)).toBe('2 hours ago')
  expect(formatAge('2026-03-01T12:00:00Z', now)).toBe('1 week ago')
  expect(formatAge('1970-01-01T00:00:00Z', now)).toBe('56 years ago')
  expect(formatAge('2027-01-01T00:00:00Z', now)).toBe('0 seconds ago')
  expect(formatAge(undefined, now)).toBe('')
  expect(formatAge('soon', now)).toBe('')
})

test('cells of tables are safe to print', () => {
  expect(formatTable([['NAME'], ['a\n\u001b[2Jb']])).toBe('NAME\nab\n')
})

test('tables have aligned columns and no blanks at the ends', () => {
  expect(
    formatTable([
      ['A', 'LONGER', 'C'],
      ['long', 'x', ''],
      ['', '', 'y'],
    ]),
  ).toBe('A     LONGER  C\nlong  x\n              y\n')
})
