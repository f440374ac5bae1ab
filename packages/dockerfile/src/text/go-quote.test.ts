import { expect, test } from 'vitest'
import { quoteGo } from './quote-go.ts'

test.each([
  ['a b', '"a b"'],
  ['é ☃', '"é ☃"'],
  ['"\\', '"\\"\\\\"'],
  ['\n\t\u0000\u007f', '"\\n\\t\\x00\\x7f"'],
  ['\u200b\u00a0\u2028', '"\\u200b\\u00a0\\u2028"'],
  ['\u{1f600}\u{e0001}', '"\u{1f600}\\U000e0001"'],
])('%j is %s', (text, quoted) => {
  expect(quoteGo(text)).toBe(quoted)
})
