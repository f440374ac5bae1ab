import { expect, test } from 'vitest'
import { parseSignal } from './parse-signal.ts'

test.each([
  ['9', 9],
  ['SIGTERM', 15],
  ['sigquit', 3],
  ['Usr1', 10],
  ['SIGRTMIN', 34],
  ['RTMIN+15', 49],
  ['RTMAX-14', 50],
  ['RTMAX', 64],
])('%s is %d', (text, number) => {
  expect(parseSignal(text)).toBe(number)
})

test.each(['0', 'FOO', '', 'SIG', 'RTMIN+16', 'RTMAX-0', 'constructor'])('%j is refused', (text) => {
  expect(() => parseSignal(text)).toThrow(
    expect.objectContaining({ code: 'SIGNAL_INVALID', message: `invalid signal: ${text}` }),
  )
})

test('a misspelt name has a suggestion', () => {
  expect(() => parseSignal('SIGTREM')).toThrow(expect.objectContaining({ hint: 'did you mean SIGTERM?' }))
})
