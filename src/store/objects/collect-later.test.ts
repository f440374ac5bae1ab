import { existsSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test as plainTest } from 'vitest'
import { takeLease } from '../../layer/disk/lease.ts'
import { boundsInBytes, isSpace } from '../../layer/disk/store-bounds.ts'
import { streamOf, test } from '../../layer/testing/store.ts'
import { boundStore } from './bound-store.ts'
import { collectLater } from './collect-later.ts'

const bounds = { reservedSpace: 0, maxUsedSpace: 250_000, minFreeSpace: 0 }
const hour = 3_600_000

test('a store is brought within its bounds by another process, when it is time', async ({ store }) => {
  const { paths, blobs } = store
  const made: string[] = []
  for (const [index, text] of ['a', 'b', 'c'].entries()) {
    const path = blobs.pathOf((await blobs.ingest(streamOf(text.repeat(100_000)))).digest)
    await utimes(path, index, index)
    made.push(path)
  }
  const ago = async (time: number): Promise<void> => {
    const then = new Date(Date.now() - time)
    await utimes(paths.collected, then, then)
  }
  expect(await collectLater(paths, bounds)).toBe(false)
  expect(await collectLater(paths, bounds)).toBe(false)
  await ago(hour / 2)
  expect(await collectLater(paths, bounds)).toBe(false)
  await ago(2 * hour)
  expect(await collectLater(paths, bounds)).toBe(true)
  expect(await collectLater(paths, bounds)).toBe(false)
  for (let turn = 0; existsSync(made[0] ?? '') && turn < 600; turn++) await sleep(50)
  expect(made.map(existsSync)).toEqual([false, true, true])
})

test('a full disk is reason enough after ten minutes', async ({ store: { paths } }) => {
  await collectLater(paths, bounds)
  const then = new Date(Date.now() - hour / 2)
  await utimes(paths.collected, then, then)
  expect(await collectLater(paths, { ...bounds, minFreeSpace: '100%' })).toBe(true)
})

test('bounds leave alone what running builds use', async ({ store }) => {
  const { digest } = await store.blobs.ingest(streamOf('x'.repeat(300_000)))
  const lease = await takeLease(store.paths)
  await store.blobs.use(digest)
  expect(await boundStore(store, bounds)).toBe(0)
  await lease[Symbol.asyncDispose]()
  expect(await boundStore(store, bounds)).toBeGreaterThanOrEqual(300_000)
})

plainTest('shares of a disk', () => {
  expect(boundsInBytes({}, 50e9)).toEqual({ reservedSpace: 5e9, maxUsedSpace: 30e9, minFreeSpace: 10e9 })
  expect(boundsInBytes({}, 1e12)).toEqual({ reservedSpace: 10e9, maxUsedSpace: 100e9, minFreeSpace: 20e9 })
  expect(boundsInBytes({ maxUsedSpace: '12.5%', minFreeSpace: 7 }, 800)).toMatchObject({
    maxUsedSpace: 100,
    minFreeSpace: 7,
  })
  expect(['10%', '100%', 0, 5].filter((value) => !isSpace(value))).toEqual([])
  expect(['101%', '%', '10', -1, 0.5, undefined].filter(isSpace)).toEqual([])
})
