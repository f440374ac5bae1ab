import { spawnSync } from 'node:child_process'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { currentOwner } from '@tsbuild/content'
import { expect } from 'vitest'
import { liveLeases, takeLease } from './lease.ts'
import { test } from '../testing/store.ts'

test('a lease says who uses the store, and since when, until it ends', async ({ store: { paths } }) => {
  const before = Date.now()
  const lease = await takeLease(paths)
  const second = await takeLease(paths)
  const live = await liveLeases(paths)
  expect(live).toHaveLength(2)
  for (const { owner, started } of live) {
    expect(owner).toBe(currentOwner())
    expect(started).toBeGreaterThanOrEqual(before)
    expect(started).toBeLessThanOrEqual(Date.now())
  }
  await second[Symbol.asyncDispose]()
  expect(await liveLeases(paths)).toHaveLength(1)
  await lease[Symbol.asyncDispose]()
  expect(await liveLeases(paths)).toEqual([])
})

test('leases of dead processes do not count and go; what is no lease stays', async ({ store: { paths } }) => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  await writeFile(join(paths.work, `lease-${currentOwner().replace(/^\d+/, String(pid))}.00`), '')
  await writeFile(join(paths.work, `lease-${currentOwner().replace(/^(\d+)-\d+/, '$1-1')}.00`), '')
  await writeFile(join(paths.work, 'other'), '')
  expect(await liveLeases(paths)).toEqual([])
  expect(await readdir(paths.work)).toEqual(['other'])
})

test('a lease of a process in another PID namespace counts as long as it is touched', async ({ store: { paths } }) => {
  const lease = join(paths.work, 'lease-1-1-elsewhere.00')
  await writeFile(lease, 'not a time')
  expect(await liveLeases(paths)).toEqual([{ owner: '1-1-elsewhere', started: 0 }])
  const longAgo = new Date(Date.now() - 3_600_000)
  await utimes(lease, longAgo, longAgo)
  expect(await liveLeases(paths)).toEqual([])
})
