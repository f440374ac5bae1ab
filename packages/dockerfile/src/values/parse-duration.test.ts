import { expect, test } from 'vitest'
import { parseDuration } from './parse-duration.ts'

test.each([
  ['0', 0],
  ['1ns', 1],
  ['1.5us', 1500],
  ['2µs', 2000],
  ['500ms', 500e6],
  ['1m30s', 90e9],
  ['1h', 3600e9],
  ['.5s', 5e8],
  ['-2s', -2e9],
  ['+2s', 2e9],
])('%s is %d ns', (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds)
})

test.each([
  ['', 'time: invalid duration ""'],
  ['x', 'time: invalid duration "x"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5d', 'time: unknown unit "d" in duration "5d"'],
  ['5constructor', 'time: unknown unit "constructor" in duration "5constructor"'],
  ['99999999999h', 'time: invalid duration "99999999999h"'],
])('%j is refused', (text, message) => {
  expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'DURATION_INVALID', message }))
})
