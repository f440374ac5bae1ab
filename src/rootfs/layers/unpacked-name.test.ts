import { expect, test } from 'vitest'
import { unpackedName } from './unpacked-name.ts'

const diffId = `sha256:${'ab'.repeat(32)}` as const

test('names are short, and differ by the owners on disk', () => {
  const maps = (outside: number) => ({
    uids: [{ inside: 0, outside, size: 1 }],
    gids: [{ inside: 0, outside, size: 1 }],
  })
  expect(unpackedName(diffId, undefined)).toBe('rabababababababab')
  const [one, other] = [unpackedName(diffId, maps(1000)), unpackedName(diffId, maps(1001))]
  expect(one).toMatch(/^u[0-9a-f]{4}abababababababab$/)
  expect(other).not.toBe(one)
  // 127 layers in one mount call.
  expect(127 * (one.length + 1)).toBeLessThan(3000)
})
