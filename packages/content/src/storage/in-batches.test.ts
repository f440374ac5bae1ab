import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { withFacts } from './stream-facts.ts'
import { markFresh } from '../memory/fresh-chunk.ts'
import { inBatches } from './in-batches.ts'

const kibibyte = 1024
const batch = 512 * kibibyte

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

/** Copies of the batches, since their memory is used again. */
async function collect(body: AsyncIterable<Uint8Array>): Promise<readonly Buffer[]> {
  const batches: Buffer[] = []
  for await (const each of body) batches.push(Buffer.from(each))
  return batches
}

test.each([
  ['small chunks', Array.from({ length: 40 }, () => 50 * kibibyte)],
  ['chunks that end with a batch', Array.from({ length: 16 }, () => batch / 8)],
  ['chunks larger than a batch, after smaller ones', [1, 3 * batch, 10]],
  ['an empty body', []],
])('the bytes stay the same: %s', async (_, sizes) => {
  const parts = sizes.map((size) => randomBytes(size))
  const all = Buffer.concat(parts)
  for (const isSole of [true, false]) {
    const body = withFacts(chunks(...parts.map((part) => markFresh(Buffer.from(part)))), { isSole })
    const batches = await collect(inBatches(body, all.length))
    expect(Buffer.concat(batches).equals(all)).toBe(true)
    expect(batches.slice(0, -1).every(({ length }) => length === batch)).toBe(true)
  }
})

test('a large chunk passes as it is, and is freed only after it was sent', async () => {
  const sizes = [600, 128, 200].map((size) => size * kibibyte)
  const parts = sizes.map((size) => markFresh(randomBytes(size)))
  const seen: Uint8Array[] = []
  const lengths: number[] = []
  for await (const each of inBatches(withFacts(chunks(...parts), { isSole: true }), 928 * kibibyte)) {
    seen.push(each)
    lengths.push(each.length)
  }
  expect(seen).toEqual(parts)
  expect(lengths).toEqual(sizes)
  expect(parts.map(({ length }) => length)).toEqual([0, 0, 0])
})

test('a chunk of a batch passes as it is, and memory of a small batch is not used again', async () => {
  const large = randomBytes(batch)
  const clock = vi.spyOn(performance, 'now')
  let now = 0
  clock.mockImplementation(() => (now += 1000))
  const seen: Uint8Array[] = []
  // Each chunk comes late, and leaves alone.
  for await (const each of inBatches(chunks(large, Buffer.from('a'), Buffer.from('b')), batch + 2)) seen.push(each)
  clock.mockRestore()
  expect(seen[0]).toBe(large)
  expect(seen.slice(1).map((each) => Buffer.from(each).toString())).toEqual(['a', 'b'])
})
