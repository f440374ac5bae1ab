import { readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LayerStore } from '../layer/layer-store.ts'
import { selectRung } from './select-rung.ts'
import { makeStore } from './testing/rootfs.ts'

const isRoot = process.geteuid?.() === 0
let store: LayerStore
let home = ''
beforeAll(async () => {
  ;({ store, directory: home } = await makeStore())
})
afterAll(() => rmSync(home, { recursive: true }))

const names = ['root', 'userns', 'chroot']

test('the strongest rung that works is taken, or every refusal is named, and probing leaves nothing', async () => {
  const selected = await selectRung({ store }).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'NO_RUNG', message: expect.stringMatching(/root: .*; userns: .*; chroot: /) })
    return undefined
  })
  if (selected !== undefined) {
    const better = names.slice(0, names.indexOf(selected.rung))
    expect(selected.refusals.map(({ rung }) => rung)).toEqual(expect.arrayContaining(better))
  }
  expect(readdirSync(store.paths.temporary)).toEqual([])
})

test.skipIf(!isRoot)('a rung can be named (skipped without root)', async () => {
  expect(await selectRung({ store, isolation: 'chroot' })).toMatchObject({
    rung: 'chroot',
    strategy: 'clone',
    loses: expect.any(String),
  })
})

test('a rung that does not exist is refused', async () => {
  await expect(selectRung({ store, isolation: 'warp' })).rejects.toMatchObject({
    code: 'RUNG_UNAVAILABLE',
    message: 'cannot isolate processes as asked: there is no rung "warp"',
  })
})
