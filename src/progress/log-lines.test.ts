import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LogLines } from './log-lines.ts'

function bytes(text: string): Uint8Array {
  return Buffer.from(text)
}

test('lines come out whole, each stream for itself', () => {
  const lines = new LogLines(10)
  expect(lines.push('stdout', bytes('one\ntw'))).toEqual(['one'])
  expect(lines.push('stderr', bytes('err\n'))).toEqual(['err'])
  expect(lines.push('stdout', bytes('o\n\nthree'))).toEqual(['two', ''])
  expect(lines.tail()).toEqual(['one', 'err', 'two', '', 'three'])
  expect(lines.flush()).toEqual(['three'])
  expect(lines.tail()).toEqual(['one', 'err', 'two', '', 'three'])
  expect(lines.flush()).toEqual([])
})

test('of a line redrawn with carriage returns the last state counts', () => {
  const lines = new LogLines(10)
  expect(lines.push('stdout', bytes('10%\r50%\r100%\r\ndone\r\n'))).toEqual(['100%', 'done'])
  lines.push('stdout', bytes('a\rb\r'))
  expect(lines.tail().at(-1)).toBe('b')
})

test('a character cut in two is put together', () => {
  const lines = new LogLines(10)
  const [first, second] = [bytes('é\n').subarray(0, 1), bytes('é\n').subarray(1)]
  expect(lines.push('stdout', first)).toEqual([])
  expect(lines.push('stdout', second)).toEqual(['é'])
})

test('only the last lines are remembered, and endless lines are cut', () => {
  const lines = new LogLines(2)
  lines.push('stdout', bytes('1\n2\n3\n'))
  expect(lines.tail()).toEqual(['2', '3'])
  expect(lines.push('stdout', bytes('x'.repeat(20_000)))).toEqual(['x'.repeat(20_000)])
})

test('chunks make no difference', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 8, unit: fc.constantFrom('a', '\n', '\r', 'é') })), (chunks) => {
      const [many, one] = [new LogLines(100), new LogLines(100)]
      const pieces = chunks.flatMap((chunk) => many.push('stdout', bytes(chunk)))
      expect([...pieces, ...many.flush()]).toEqual([...one.push('stdout', bytes(chunks.join(''))), ...one.flush()])
    }),
  )
})
