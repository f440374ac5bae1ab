import { layeredView } from '@tsbuild/tree'
import { expect } from 'vitest'
import { file, folder, layerOf, symlinkTo, test } from '../layer/testing/store.ts'
import { flatten } from './flatten.ts'

test('every entry comes once, parents before what they hold, without what was removed; symlinks are not entered', async ({
  store,
}) => {
  const lower = await layerOf(store, { d: folder(), 'd/a': file('1'), 'd/gone': file('2'), l: symlinkTo('d') }).diff()
  const upper = new Map([
    ...(await layerOf(store, { 'e/deep': file('3') }).diff()),
    ['d/gone', { type: 'remove' as const }] as const,
  ])
  const flat = flatten(layeredView([lower, upper]))
  expect([...flat.keys()]).toEqual(['d', 'd/a', 'e', 'e/deep', 'l'])
  expect([...flat.values()].every(({ type }) => type === 'set')).toBe(true)
})
