import { expect, test } from 'vitest'
import { cutBlanks, isBlank, splitBlanks, trim, trimStart } from './blank.ts'

test('blanks are those of Go', () => {
  expect([' ', '\t', '\u0085', '\u00a0', '\u2003'].every(isBlank)).toBe(true)
  expect(['a', '\u{feff}', '\u200b', ''].some(isBlank)).toBe(false)
})

test('trimming keeps what is inside', () => {
  expect(trim('\u0085 a b\r\n')).toBe('a b')
  expect(trim(' \t ')).toBe('')
  expect(trimStart(' a ')).toBe('a ')
})

test('words are cut at runs of ASCII blanks only', () => {
  expect(splitBlanks('a \t b\u00a0c')).toEqual(['a', 'b\u00a0c'])
  expect(cutBlanks('a  b c')).toEqual({ head: 'a', tail: 'b c' })
  expect(cutBlanks('a')).toEqual({ head: 'a', tail: undefined })
})
