import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quoteGo } from '@tsbuild/dockerfile'
import { formatGoDuration, formatGoList, quoteGoList } from './go-format.ts'

test.each([
  ['a b', '"a b"'],
  ['c"d\\', '"c\\"d\\\\"'],
  ['\n\t\x07\x01\x7f', '"\\n\\t\\a\\x01\\x7f"'],
  ['äπ語😀', '"äπ語😀"'],
  ['\u00a0\u200b\u{e0001}', '"\\u00a0\\u200b\\U000e0001"'],
])('%j is quoted as %s', (text, quoted) => {
  expect(quoteGo(text)).toBe(quoted)
})

test('lists', () => {
  expect(quoteGoList(['nginx', '-g', 'x y'])).toBe('["nginx" "-g" "x y"]')
  expect(quoteGoList([])).toBe('[]')
  expect(formatGoList(['/a', '/b'])).toBe('[/a /b]')
})

test.each([
  [0, '0s'],
  [1, '1ns'],
  [1500, '1.5µs'],
  [1_000_000, '1ms'],
  [20_500_000, '20.5ms'],
  [1e9, '1s'],
  [1_500_000_000, '1.5s'],
  [300e9, '5m0s'],
  [90_100_000_000, '1m30.1s'],
  [3600e9, '1h0m0s'],
  [86_400e9 + 1, '24h0m0.000000001s'],
])('%d nanoseconds are %s', (nanoseconds, text) => {
  expect(formatGoDuration(nanoseconds)).toBe(text)
})

test('durations keep every nanosecond', () => {
  const units: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, µs: 1e3, ns: 1 }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (nanoseconds) => {
      const parts = [...formatGoDuration(nanoseconds).matchAll(/([\d.]+)(h|ms|m|s|µs|ns)/g)]
      const sum = parts.reduce(
        (total, [, number = '', unit = '']) => total + Math.round(Number(number) * (units[unit] ?? 0)),
        0,
      )
      expect(sum).toBe(nanoseconds)
    }),
  )
})
