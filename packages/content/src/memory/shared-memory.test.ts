import { expect, test } from 'vitest'
import { freeChunk, holdChunk, lendChunk, markFresh } from './fresh-chunk.ts'
import { type Block, blockSize, takeBlock } from './shared-memory.ts'

test('the memory of a block is used again after its last holder, not before', () => {
  const first = takeBlock()
  first.hold()
  first.release()
  const second = takeBlock()
  expect(second.bytes.buffer).not.toBe(first.bytes.buffer)
  first.release()
  const third = takeBlock()
  expect(third.bytes.buffer).toBe(first.bytes.buffer)
  second.release()
  third.release()
})

test('blocks that are not given back become memory that the garbage collector frees', () => {
  const blocks: Block[] = Array.from({ length: 200 }, () => takeBlock())
  const shared = blocks.filter(({ bytes }) => bytes.buffer instanceof SharedArrayBuffer)
  expect(shared.length).toBeGreaterThan(0)
  expect(shared.length).toBeLessThan(100)
  expect(shared.every(({ bytes }) => bytes.length === blockSize)).toBe(true)
  // Of small pieces, it leaves fewer bytes for later.
  const own = blocks.filter((block) => !shared.includes(block))
  expect(Math.max(...own.map(({ bytes }) => bytes.length))).toBe(64 * 1024)
  for (const block of blocks) block.release()
  expect(takeBlock(10).bytes).toHaveLength(10)
})

test('a lent chunk is released once: when it is freed and no longer held', () => {
  const released: string[] = []
  const chunk = lendChunk(new Uint8Array(3), () => released.push('chunk'))
  const release = holdChunk(chunk)
  freeChunk(chunk)
  freeChunk(chunk)
  expect(released).toEqual([])
  release?.()
  release?.()
  expect(released).toEqual(['chunk'])
  expect(holdChunk(chunk)).toBeUndefined()
})

test('a fresh chunk that is held keeps its bytes', () => {
  const chunk = markFresh(new Uint8Array(100_000))
  const release = holdChunk(chunk)
  freeChunk(chunk)
  expect(chunk).toHaveLength(100_000)
  release?.()
  expect(chunk).toHaveLength(0)
})
