import { expect, test } from 'vitest'
import { parseStoreBounds } from './parse-store-bounds.ts'

test.each([
  ['off', false],
  ['true', true],
  ['max-used-space=20g, min-free-space=10%', { maxUsedSpace: 20 * 2 ** 30, minFreeSpace: '10%' }],
  ['reserved-space=0', { reservedSpace: 0 }],
])('%s', (text, bounds) => {
  expect(parseStoreBounds('--gc', text)).toEqual(bounds)
})

test.each(['', 'max=2', 'max-used-space=many', 'max-used-space=200%'])('refuses "%s"', (text) => {
  expect(() => parseStoreBounds('TSBUILD_GC', text)).toThrow('TSBUILD_GC')
})
