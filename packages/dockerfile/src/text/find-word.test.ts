import { expect, test } from 'vitest'
import { findWord } from './find-word.ts'

const lines = ['FROM scratch', 'COPY --from=b ab \\', '  # b', '  b /to', 'CMD b']
const range = { start: { line: 2, column: 1 }, end: { line: 4, column: 8 } }
const at = (line: number, column: number, length: number): ReturnType<typeof findWord> => ({
  start: { line, column },
  end: { line, column: column + length },
})

test.each([
  ['--from', at(2, 6, 6)],
  ['b', at(2, 13, 1)],
  ['/to', at(4, 5, 3)],
  ['a', at(2, 15, 1)],
])('%s', (word, place) => {
  expect(findWord(lines, range, word)).toEqual(place)
})

test('comments, other lines and nothing at all are passed over', () => {
  expect(findWord(lines, range, '#')).toBeUndefined()
  expect(findWord(lines, range, 'CMD')).toBeUndefined()
  expect(findWord(lines, range, '')).toBeUndefined()
})
