import { expect, test } from 'vitest'
import { watchState } from './reporter.ts'

test('the state shown is the one after the event', () => {
  const seen: unknown[] = []
  const report = watchState(({ type }, state) => seen.push([type, state.size]))
  report({ type: 'warning', code: 'W', message: 'w' })
  report({ type: 'vertex-started', vertex: 'a', name: 'a', time: 0 })
  expect(seen).toEqual([
    ['warning', 0],
    ['vertex-started', 1],
  ])
})
