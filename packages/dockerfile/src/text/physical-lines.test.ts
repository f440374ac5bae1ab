import { expect, test } from 'vitest'
import { decodeText, physicalLines } from './physical-lines.ts'

test('bytes are UTF-8, a byte order mark is dropped once', () => {
  expect(decodeText(new TextEncoder().encode('\u{feff}é'))).toBe('é')
  expect(decodeText('\u{feff}\u{feff}a')).toBe('\u{feff}a')
})

test('lines keep their carriage return; the last line feed ends no empty line', () => {
  expect(physicalLines('a\r\n\nb\n')).toEqual(['a\r', '', 'b'])
  expect(physicalLines('')).toEqual([])
})

test('lines and files have limits', () => {
  expect(physicalLines('x'.repeat(65_535))).toHaveLength(1)
  expect(() => physicalLines(`a\n${'x'.repeat(65_536)}`)).toThrow(expect.objectContaining({ code: 'LINE_TOO_LONG' }))
  expect(() => decodeText('x\n'.repeat(9 * 1024 * 1024))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
})
