import { expect, test } from 'vitest'
import { sourceFrame } from './source-frame.ts'

const text = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n')
const shown = (first: number, last: number): readonly string[] =>
  sourceFrame({ name: 'D', text }, { first, last }).split('\n').slice(2, -2)

test('two lines around one, one around several, none beyond the file', () => {
  expect(sourceFrame({ name: 'D', text }, { first: 10, last: 10 })).toBe(
    `D:10
--------------------
   8 |     line 8
   9 |     line 9
  10 | >>> line 10
  11 |     line 11
  12 |     line 12
--------------------
`,
  )
  expect(shown(4, 5)).toEqual(['   3 |     line 3', '   4 | >>> line 4', '   5 | >>> line 5', '   6 |     line 6'])
  expect(shown(1, 1)).toHaveLength(3)
  expect(shown(12, 40)).toEqual(['  11 |     line 11', '  12 | >>> line 12'])
  expect(sourceFrame({ name: 'D', text }, { first: 13, last: 13 })).toBe('')
})

test('what would steer a terminal is replaced', () => {
  expect(sourceFrame({ name: 'D', text: 'a\u001b[2J\tb\r\n' }, { first: 1, last: 1 })).toContain(
    '>>> a\u{fffd}[2J\tb\n',
  )
})
