import { expect, test } from 'vitest'
import { bytesToKeep, readDisk } from './space.ts'

const total = 1000

test.each([
  ['no bound', {}, undefined],
  ['down to the reserved space', { reservedSpace: 300 }, 300],
  ['at most the used space', { maxUsedSpace: 600 }, 600],
  ['a disk with enough free space', { minFreeSpace: 50 }, 1000],
  ['a disk with too little', { minFreeSpace: 350 }, 750],
  ['the smaller of two', { maxUsedSpace: 600, minFreeSpace: 350 }, 600],
  ['but not below what is reserved', { maxUsedSpace: 600, minFreeSpace: 900, reservedSpace: 400 }, 400],
  ['a bound above what there is', { maxUsedSpace: 5000 }, 1000],
])('%s', (_, bounds, kept) => {
  expect(bytesToKeep(total, { free: 100 }, bounds)).toBe(kept)
})

test('reads a disk', async () => {
  const { size, free } = await readDisk(import.meta.dirname)
  expect(size).toBeGreaterThan(free)
  expect(free).toBeGreaterThanOrEqual(0)
})
