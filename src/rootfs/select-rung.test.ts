import { readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LayerStore } from '../layer/layer-store.ts'
import { selectRung } from './select-rung.ts'
import { makeStore } from './test-rootfs.ts'

const isRoot = process.geteuid?.() === 0
let store: LayerStore
let home = ''
beforeAll(async () => {
  ;({ store, directory: home } = await makeStore())
})
afterAll(() => rmSync(home, { recursive: true }))

test('the strongest rung that works is taken, and probing leaves nothing', async () => {
  const { rung, refusals } = await selectRung({ store }).catch((error: unknown) => ({ rung: String(error), refusals: [] }))
  const better = ['root', 'userns', 'chroot'].slice(0, ['root', 'userns', 'chroot'].indexOf(rung))
  expect(refusals.map((refusal) => refusal.rung)).toEqual(expect.arrayContaining(better))
  expect(readdirSync(store.paths.temporary)).toEqual([])
})

test.skipIf(!isRoot)('a rung can be named (skipped without root)', async () => {
  expect(await selectRung({ store, isolation: 'chroot' })).toMatchObject({ rung: 'chroot', strategy: 'clone', loses: expect.any(String) })
})

test('a rung that does not exist is refused', async () => {
  await expect(selectRung({ store, isolation: 'warp' })).rejects.toMatchObject({
    code: 'RUNG_UNAVAILABLE',
    message: 'Cannot isolate processes as asked: there is no rung "warp"',
  })
})
