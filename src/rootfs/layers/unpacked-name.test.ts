import { expect, test } from 'vitest'
import { unpackedName } from './unpacked-name.ts'

const diffId = `sha256:${'ab'.repeat(32)}` as const

test('names are short, and differ by owners on disk and starts of the machine', () => {
  const maps = (outside: number) => ({
    uids: [{ inside: 0, outside, size: 1 }],
    gids: [{ inside: 0, outside, size: 1 }],
  })
  expect(unpackedName(diffId, { idMaps: undefined, boot: 'a' })).toMatch(/^r[0-9a-f]{16}$/)
  const [one, other] = [1000, 1001].map((id) => unpackedName(diffId, { idMaps: maps(id), boot: 'a' }))
  expect(one).toMatch(/^u[0-9a-f]{20}$/)
  expect(other).not.toBe(one)
  expect(unpackedName(diffId, { idMaps: undefined, boot: 'a' })).not.toBe(
    unpackedName(diffId, { idMaps: undefined, boot: 'b' }),
  )
  // 127 layers in one mount call.
  expect(127 * ((one?.length ?? Infinity) + 1)).toBeLessThan(3000)
})
