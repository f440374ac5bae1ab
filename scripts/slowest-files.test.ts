import { expect, test } from 'vitest'
import { formatSlowest } from './slowest-files.ts'

test('the slowest files come first, with their seconds', () => {
  const testResults = [
    { name: '/r/test/a.test.ts', startTime: 0, endTime: 1400 },
    { name: '/r/test/b.test.ts', startTime: 1000, endTime: 92_000 },
    { name: '/r/c.test.ts', startTime: 0, endTime: 3 },
  ]
  expect(formatSlowest({ testResults }, '/r', 2)).toBe('   91 s  test/b.test.ts\n    1 s  test/a.test.ts')
})

test('a missing report is an error', () => {
  expect(() => formatSlowest({}, '/r', 2)).toThrow(TypeError)
})
