import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textWidth, truncateText } from './text-width.ts'

test.for<[string, number]>([
  ['', 0],
  ['abc', 3],
  ['\u001b[31mabc\u001b[0m', 3],
  ['日本', 4],
  ['한글', 4],
  ['🚀', 2],
  ['e\u0301', 1],
  ['a\u200bb', 2],
  ['✓ … é', 5],
])('%j takes %d columns', ([text, width]) => {
  expect(textWidth(text)).toBe(width)
})

test.for<[string, number, string]>([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 4, 'abc…'],
  ['日本語', 4, '日…'],
  ['\u001b[31mabcdef\u001b[0m', 3, '\u001b[31mab…\u001b[0m'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
])('%j cut to %d columns is %j', ([text, columns, cut]) => {
  expect(truncateText(text, columns)).toBe(cut)
})

test('a cut line is never wider than asked', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, columns) => {
      expect(textWidth(truncateText(text, columns))).toBeLessThanOrEqual(columns)
    }),
  )
})
