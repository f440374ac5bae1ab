import { expect, test } from 'vitest'
import { columns } from './columns.ts'

test('columns are as wide as their widest cell, the last as wide as it is', () => {
  expect(
    columns(
      [
        ['NAME', 'SAYS'],
        ['a', 'much more'],
        ['größer', ''],
      ],
      2,
    ),
  ).toBe('NAME    SAYS\na       much more\ngrößer  \n')
  expect(columns([], 1)).toBe('')
})
