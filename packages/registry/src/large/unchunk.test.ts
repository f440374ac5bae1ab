import { takeBlock } from '@tsbuild/content'
import { expect, test } from 'vitest'
import { bytesOf, type Slice } from './slice.ts'
import { unchunk } from './unchunk.ts'

/** The text in slices of so many bytes. */
async function* slices(text: string, size: number): AsyncGenerator<Slice> {
  for (let at = 0; at < text.length; at += size) {
    const part = Buffer.from(text.slice(at, at + size), 'latin1')
    const block = takeBlock(part.length)
    block.bytes.set(part)
    yield { block, start: 0, end: part.length }
  }
}

async function decode(text: string, size: number): Promise<string> {
  let decoded = ''
  for await (const slice of unchunk(slices(text, size))) {
    decoded += bytesOf(slice).toString('latin1')
    slice.block.release()
  }
  return decoded
}

test('chunks, extensions and trailers, cut anywhere', async () => {
  const text = '5\r\nhello\r\n6;a=b\r\n world\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nignored'
  for (let size = 1; size <= text.length; size++) expect(await decode(text, size)).toBe('hello world0123456789')
})

test.each([
  ['no last chunk', '5\r\nhello\r\n', 'other side closed'],
  ['a chunk that is cut off', '5\r\nhel', 'other side closed'],
  ['a chunk that is too long', '5\r\nhelloX\r\n', 'wrong size'],
  ['a size that is no number', 'x\r\n', 'no size'],
  ['a negative size', '-5\r\n', 'no size'],
  ['a line that ends without CR', '5\nhello', 'no end'],
  ['a long extension', `5;${'a'.repeat(20_000)}`, 'too long'],
  ['many trailers', `0\r\n${'a: b\r\n'.repeat(10_000)}`, 'too long'],
])('refuses %s', async (_, text, message) => {
  await expect(decode(text, 7)).rejects.toThrow(message)
})
