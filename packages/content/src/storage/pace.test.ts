import { afterEach, expect, test, vi } from 'vitest'
import { PaceClock } from './pace.ts'

const pace = { bytes: 10, milliseconds: 1000 }

function clock(): { readonly clock: PaceClock; readonly reasons: readonly string[] } {
  vi.useFakeTimers()
  const reasons: string[] = []
  return { clock: new PaceClock(pace, (reason) => reasons.push(reason)), reasons }
}

afterEach(() => void vi.useRealTimers())

test('a peer that sends a byte now and then expires; silence counts from the start', () => {
  const { clock: slow, reasons } = clock()
  for (let sent = 0; sent < 4; sent++) {
    slow.start()
    vi.advanceTimersByTime(300)
    if (reasons.length === 0) slow.stop(1)
  }
  expect(reasons).toEqual(['3 bytes in 1 s, which is too slow'])
})

test('each full measure of bytes starts the time anew', () => {
  const { clock: steady, reasons } = clock()
  for (let sent = 0; sent < 20; sent++) {
    steady.start()
    vi.advanceTimersByTime(900)
    steady.stop(10)
  }
  expect(reasons).toEqual([])
})

test('time in which nothing is waited for does not count', () => {
  const { clock: idle, reasons } = clock()
  for (let sent = 0; sent < 5; sent++) {
    idle.start()
    vi.advanceTimersByTime(100)
    idle.stop(1)
    vi.advanceTimersByTime(60_000)
  }
  expect(reasons).toEqual([])
})

test('a wait that a busy event loop ends late leaves no negative time', () => {
  const timeouts = vi.spyOn(globalThis, 'setTimeout')
  const late = new PaceClock({ bytes: 10, milliseconds: 5 }, () => {})
  for (let wait = 0; wait < 2; wait++) {
    late.start()
    for (const begun = performance.now(); performance.now() - begun < 10; );
    late.stop(1)
  }
  expect(timeouts.mock.calls.map(([, delay]) => delay)).not.toContainEqual(expect.toSatisfy((delay) => delay < 0))
  timeouts.mockRestore()
})
