import { Writable } from 'node:stream'
import { asSole, lendChunk } from '@tsbuild/content'
import { expect, test } from 'vitest'
import { writeStream } from './write-stream.ts'

const size = 200 * 1024

/** Chunks whose memory is overwritten when they are freed, as if it were read into again. */
function lent(count: number): { readonly content: AsyncIterable<Uint8Array>; readonly most: () => number } {
  let [out, most] = [0, 0]
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) {
      const chunk = new Uint8Array(size).fill(index)
      most = Math.max(most, ++out)
      yield lendChunk(chunk, () => {
        out--
        chunk.fill(255)
      })
    }
  }
  return { content: asSole(content()), most: () => most }
}

test('chunks are freed one after the other, each when it is written', async () => {
  const { content, most } = lent(20)
  const written: number[] = []
  const slow = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      setTimeout(() => {
        written.push(new Set(chunk).size === 1 ? (chunk[0] ?? -1) : -1)
        done()
      }, 1)
    },
  })
  await writeStream(content, slow, new AbortController().signal)
  expect(written).toEqual(Array.from({ length: 20 }, (_, index) => index))
  expect(most()).toBe(1)
})
