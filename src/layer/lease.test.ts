import { spawnSync } from 'node:child_process'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { currentOwner } from '@tsbuild/content'
import { expect } from 'vitest'
import { takeLease, withoutLeases } from './lease.ts'
import { test } from './testing/store.ts'

test('a lease keeps prune away until it ends', async ({ store: { paths } }) => {
  const lease = await takeLease(paths)
  const second = await takeLease(paths)
  await expect(withoutLeases(paths, async () => 'pruned')).rejects.toMatchObject({
    code: 'STORE_BUSY',
    message: /2 builds are/,
  })
  await second[Symbol.asyncDispose]()
  await expect(withoutLeases(paths, async () => 'pruned')).rejects.toMatchObject({
    code: 'STORE_BUSY',
    message: /a build is/,
  })
  await lease[Symbol.asyncDispose]()
  expect(await withoutLeases(paths, async () => 'pruned')).toBe('pruned')
})

test('leases of dead processes do not count and go; what is no lease stays', async ({ store: { paths } }) => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  await writeFile(join(paths.work, `lease-${currentOwner().replace(/^\d+/, String(pid))}.00`), '')
  await writeFile(join(paths.work, `lease-${currentOwner().replace(/^(\d+)-\d+/, '$1-1')}.00`), '')
  await writeFile(join(paths.work, 'other'), '')
  expect(await withoutLeases(paths, async () => 'pruned')).toBe('pruned')
  expect(await readdir(paths.work)).toEqual(['other'])
})

test('a lease of a process in another PID namespace counts as long as it is touched', async ({ store: { paths } }) => {
  const lease = join(paths.work, 'lease-1-1-elsewhere.00')
  await writeFile(lease, '')
  await expect(withoutLeases(paths, async () => {})).rejects.toMatchObject({ code: 'STORE_BUSY' })
  const longAgo = new Date(Date.now() - 3_600_000)
  await utimes(lease, longAgo, longAgo)
  expect(await withoutLeases(paths, async () => 'pruned')).toBe('pruned')
})

test('a build that begins meanwhile waits until prune is done', async ({ store: { paths } }) => {
  const order: string[] = []
  let taking: Promise<AsyncDisposable> | undefined
  await withoutLeases(paths, async () => {
    taking = takeLease(paths).then((lease) => {
      order.push('lease')
      return lease
    })
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    order.push('pruned')
  })
  await (await taking)?.[Symbol.asyncDispose]()
  expect(order).toEqual(['pruned', 'lease'])
})
