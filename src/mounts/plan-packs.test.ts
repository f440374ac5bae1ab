import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { MountPack } from './mount-manifest.ts'
import { packSize, planPacks } from './plan-packs.ts'

/** A pack of ten chunks. */
function packOf(name: string, size: number): MountPack {
  const chunks = Array.from({ length: 10 }, (_, index) => ({
    digest: digestOf(`${name} ${index}`),
    size: size / 10,
    stored: size / 10,
  }))
  return { digest: digestOf(name), size, chunks }
}

const digests = (packs: readonly MountPack[]): ReadonlySet<MountPack['digest']> =>
  new Set(packs.flatMap(({ chunks }) => chunks.map(({ digest }) => digest)))

test('a pack stays while most of it is in use', () => {
  const pack = packOf('a', packSize)
  const used = [...digests([pack])]
  expect(planPacks([pack], new Set(used.slice(0, 7)))).toEqual([pack])
  expect(planPacks([pack], new Set(used.slice(0, 6)))).toEqual([])
})

test('a chunk that is in two packs is used in one', () => {
  const pack = packOf('a', packSize)
  expect(planPacks([pack, pack], digests([pack]))).toEqual([pack])
})

test('many small packs become one', () => {
  const large = packOf('large', packSize)
  const small = Array.from({ length: 9 }, (_, index) => packOf(`${index}`, 1000))
  const all = [large, ...small]
  expect(planPacks(all.slice(0, 9), digests(all))).toHaveLength(9)
  expect(planPacks(all, digests(all))).toEqual([large])
})
