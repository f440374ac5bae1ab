/**
 * A random 32-bit number for each byte value, the same on every machine and in every version: other
 * numbers would cut content at other places. Made by SplitMix32.
 */
export const gear: Int32Array = makeGear(0x7473_6275)

function makeGear(seed: number): Int32Array {
  let state = seed
  return Int32Array.from({ length: 256 }, () => {
    state = (state + 0x9e37_79b9) | 0
    const first = Math.imul(state ^ (state >>> 16), 0x21f0_aaad)
    const second = Math.imul(first ^ (first >>> 15), 0x735a_2d97)
    return second ^ (second >>> 15)
  })
}
