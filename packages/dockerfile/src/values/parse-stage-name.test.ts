import { expect, test } from 'vitest'
import { parseStageName } from './parse-stage-name.ts'

test('names are lower-cased and may hold digits, dots, dashes and underscores', () => {
  expect(parseStageName('Build_1.x-y')).toBe('build_1.x-y')
})

test.each(['', '1a', '-a', 'a b', 'a/b', 'ä'])('%j is refused', (name) => {
  expect(parseStageName(name)).toBeUndefined()
})
