import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixedBlocks } from './fixed-blocks.ts'
import { streamOf } from './testing/index.ts'

test('blocks are full but for the last, and hold the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 50 }), async (chunks, size) => {
      const blocks = await Array.fromAsync(fixedBlocks(streamOf(...chunks), size))
      expect(Buffer.concat(blocks).equals(Buffer.concat(chunks))).toBe(true)
      expect(blocks.slice(0, -1).every(({ length }) => length === size)).toBe(true)
      expect(blocks.every(({ length }) => length > 0 && length <= size)).toBe(true)
    }),
  )
})
