import { createCipheriv, createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { streamOf } from '../testing/index.ts'
import { type ChunkSizes, cutChunks, defaultChunkSizes, findCut } from './fast-cdc.ts'

const small: ChunkSizes = { min: 64, average: 256, max: 1024 }

/** Bytes without a pattern, the same for the same seed. */
function noise(length: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

async function cut(bytes: Iterable<Uint8Array>, sizes: ChunkSizes = small): Promise<readonly Buffer[]> {
  const chunks: Buffer[] = []
  for await (const chunk of cutChunks(streamOf(...bytes), sizes)) chunks.push(Buffer.from(chunk))
  return chunks
}

const name = (chunk: Buffer): string => createHash('sha256').update(chunk).digest('hex')

test('the chunks are the content, within their bounds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 8000, size: 'max' }), async (bytes) => {
      const chunks = await cut([bytes])
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
      expect(chunks.every(({ length }) => length > 0 && length <= small.max)).toBe(true)
      expect(chunks.slice(0, -1).every(({ length }) => length > small.min)).toBe(true)
    }),
  )
})

test('the pieces that a stream comes in do not matter', async () => {
  const bytes = noise(20_000, 'pieces')
  const whole = (await cut([bytes])).map(name)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 20_000 }), { maxLength: 20 }), async (places) => {
      const ends = [...places.sort((a, b) => a - b), bytes.length]
      const pieces = ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
      expect((await cut(pieces)).map(name)).toEqual(whole)
    }),
  )
})

test('an insertion, a removal and a change leave the chunks that are far from them', async () => {
  const bytes = noise(200_000, 'edits')
  const known = new Set((await cut([bytes])).map(name))
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: bytes.length - 100 }),
      fc.nat({ max: 100 }),
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      async (at, removed, added) => {
        const chunks = await cut([bytes.subarray(0, at), added, bytes.subarray(at + removed)])
        const fresh = chunks.filter((chunk) => !known.has(name(chunk)))
        // Of about 700 chunks.
        expect(fresh.length).toBeLessThan(20)
      },
    ),
    { numRuns: 50 },
  )
})

test('chunks have about the average size', async () => {
  const chunks = await cut([noise(4_000_000, 'average')], small)
  const average = 4_000_000 / chunks.length
  expect(average).toBeGreaterThan(small.average)
  expect(average).toBeLessThan(1.5 * small.average)
  expect(chunks.filter(({ length }) => length === small.max).length / chunks.length).toBeLessThan(0.01)
})

test('content without a pattern to cut at is cut at the maximum', async () => {
  expect((await cut([Buffer.alloc(2500)])).map(({ length }) => length)).toEqual([1024, 1024, 452])
})

test('the cuts are part of a format: they never change', async () => {
  const lengths = (await cut([noise(600_000, 'format')], defaultChunkSizes)).map(({ length }) => length)
  expect(lengths).toMatchInlineSnapshot(`
    [
      32785,
      55545,
      69232,
      86553,
      67455,
      77876,
      70544,
      67115,
      72895,
    ]
  `)
})

test('an empty stream has no chunks, and a small file is one', async () => {
  expect(await cut([])).toEqual([])
  expect(findCut(Buffer.alloc(64), small)).toBe(64)
})
