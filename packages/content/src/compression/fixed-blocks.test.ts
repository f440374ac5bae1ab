import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixedBlocks } from './fixed-blocks.ts'
import { streamOf } from '../testing/index.ts'

test('blocks are full but for the last, and hold the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 50 }),
      async (chunks, size) => {
        const blocks = await Array.fromAsync(fixedBlocks(streamOf(...chunks), size))
        expect(Buffer.concat(blocks).equals(Buffer.concat(chunks))).toBe(true)
        expect(blocks.slice(0, -1).every(({ length }) => length === size)).toBe(true)
        expect(blocks.every(({ length }) => length > 0 && length <= size)).toBe(true)
      },
    ),
  )
})

test('a block that is given back is filled again', async () => {
  const spare: Uint8Array[] = []
  const memory = new Set<ArrayBufferLike>()
  const read: number[] = []
  for await (const block of fixedBlocks(streamOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7)), 2, spare)) {
    read.push(...block)
    memory.add(block.buffer)
    if (block.length === 2) spare.push(block)
  }
  expect(read).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(memory.size).toBe(1)
})
