import { expect, test } from 'vitest'
import { DockerfileError, withRange } from './errors.ts'

const range = { start: { line: 1, column: 2 }, end: { line: 1, column: 3 } }

test('an error without a place gets one, an error with one keeps it', () => {
  const other = { start: { line: 9, column: 9 }, end: { line: 9, column: 9 } }
  const failing = (error: Error) => () => {
    throw error
  }
  const bare = new DockerfileError('NO_STAGE', 'x', { hint: 'h' })
  expect(() => withRange(range, failing(bare), 'w')).toThrow(bare)
  expect(bare).toMatchObject({ code: 'NO_STAGE', message: 'x', hint: 'h', range, word: 'w' })
  expect(() => withRange(range, failing(new DockerfileError('NO_STAGE', 'x', { range: other })))).toThrow(
    expect.objectContaining({ range: other }),
  )
  expect(() => withRange(range, failing(new TypeError('y')))).toThrow(TypeError)
  expect(withRange(range, () => 1)).toBe(1)
})
