import type { Digest } from '@tsbuild/oci'
import type { MountPack } from './mount-manifest.ts'

/** Bytes of a new pack: so large that a registry gets few requests, and a change few bytes. */
export const packSize = 8 * 1024 * 1024
/** Least share of a pack that is in use. Packs are read as a whole. */
const usedShare = 0.7
const smallPack = packSize / 4
const smallPacks = 8

/**
 * Packs of an earlier manifest that go on to be used. The chunks of the others are packed again:
 * those of packs that are mostly unused, and those of small packs once there are many.
 */
export function planPacks(packs: readonly MountPack[], live: ReadonlySet<Digest>): readonly MountPack[] {
  const counted = new Set<Digest>()
  const used = packs.filter(({ size, chunks }) => {
    let bytes = 0
    for (const { digest, stored } of chunks) {
      if (!live.has(digest) || counted.has(digest)) continue
      counted.add(digest)
      bytes += stored
    }
    return bytes >= usedShare * size
  })
  const small = used.filter(({ size }) => size < smallPack)
  return small.length > smallPacks ? used.filter(({ size }) => size >= smallPack) : used
}
