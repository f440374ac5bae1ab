import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadline } from './deadline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test.each([
  ['a deadline that passes expires once', (deadline: Deadline) => deadline.set(100), [99, 1, 1000], [0, 1, 1]],
  [
    'a deadline that is set again counts from there',
    (deadline: Deadline) => {
      deadline.set(100)
      vi.advanceTimersByTime(60)
      deadline.set(100)
    },
    [99, 1, 1000],
    [0, 1, 1],
  ],
  [
    'a deadline that is moved nearer expires there',
    (deadline: Deadline) => {
      deadline.set(1000)
      deadline.set(10)
    },
    [9, 1, 2000],
    [0, 1, 1],
  ],
  [
    'a cleared deadline never expires',
    (deadline: Deadline) => {
      deadline.set(100)
      deadline.clear()
    },
    [1000],
    [0],
  ],
  [
    'a deadline that is set after a clear expires',
    (deadline: Deadline) => {
      deadline.set(100)
      deadline.clear()
      vi.advanceTimersByTime(200)
      deadline.set(50)
    },
    [49, 1],
    [0, 1],
  ],
])('%s', (_, begin, steps, expected) => {
  let expired = 0
  begin(new Deadline(() => expired++))
  const seen = steps.map((step) => {
    vi.advanceTimersByTime(step)
    return expired
  })
  expect(seen).toEqual(expected)
})

test('a deadline that moves with each chunk sets few timers', () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const deadline = new Deadline(() => expect.unreachable())
  for (let chunk = 0; chunk < 1000; chunk++) {
    deadline.set(100)
    vi.advanceTimersByTime(1)
    deadline.clear()
  }
  expect(timers.mock.calls.length).toBeLessThan(25)
  timers.mockRestore()
})
