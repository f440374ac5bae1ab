import { expect, test } from 'vitest'
import { Chain } from './chain.ts'

test('lists share their beginning and do not see what others append', () => {
  const start = Chain.of(['a', 'b'])
  const [left, right] = [start.with('c'), start.with('d').with('e')]
  expect([start, left, right].map((list) => [list.length, list.toArray()])).toEqual([
    [2, ['a', 'b']],
    [3, ['a', 'b', 'c']],
    [4, ['a', 'b', 'd', 'e']],
  ])
  expect([...right.backwards()]).toEqual(['e', 'd', 'b', 'a'])
})

test('a list may be longer than the call stack is deep', () => {
  let list = Chain.of<number>([])
  for (let index = 0; index < 200_000; index += 1) list = list.with(index)
  expect(list.toArray().at(-1)).toBe(199_999)
})
