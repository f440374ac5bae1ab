import { expect, test } from 'vitest'
import { formatEnvironment, parseEnvironment, withVariables } from './environment.ts'

test('an environment is read and written in order', () => {
  const entries = ['B=1', 'A=x=y', 'EMPTY=']
  expect(formatEnvironment(parseEnvironment(entries))).toEqual(entries)
  expect(parseEnvironment(['NAME']).get('NAME')).toBe('')
})

test('a variable that is set goes to the end, and the original stays', () => {
  const before = parseEnvironment(['A=1', 'B=2'])
  expect(
    formatEnvironment(
      withVariables(before, [
        ['C', '3'],
        ['A', '9'],
      ]),
    ),
  ).toEqual(['B=2', 'C=3', 'A=9'])
  expect(formatEnvironment(before)).toEqual(['A=1', 'B=2'])
})
