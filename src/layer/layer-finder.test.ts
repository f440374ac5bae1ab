import { expect } from 'vitest'
import { layerFinder } from './layer-finder.ts'
import { file, folder, layerOf, test } from './testing/store.ts'

test('a file is of the newest layer that has it', async ({ store }) => {
  const lower = layerOf(store, { a: file('1'), b: file('1'), d: folder() })
  const upper = layerOf(store, { b: file('2'), d: folder(), 'd/c': file('3') })
  const find = await layerFinder([lower, upper])
  const [first, second] = [await lower.diffId(), await upper.diffId()]
  expect(['a', 'b', 'd/c', 'nowhere'].map(find)).toEqual([first, second, second, undefined])
})
