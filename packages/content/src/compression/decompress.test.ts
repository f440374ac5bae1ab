import { createHash, randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decompress } from './decompress.ts'
import { readAll } from '../storage/read-all.ts'
import type { Bytes } from '../storage/storage.ts'
import { streamOf } from '../testing/index.ts'

const pack = { gzip: gzipSync, zstd: zstdCompressSync }
const types = ['gzip', 'zstd'] as const

async function unpacked(type: 'gzip' | 'zstd', ...chunks: readonly Uint8Array[]): Promise<string> {
  return Buffer.from(await readAll(decompress(streamOf(...chunks), type), 10_000_000)).toString('latin1')
}

/** The bytes cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const borders = [0, ...places.map((place) => place % bytes.length).toSorted((a, b) => a - b), bytes.length]
  return borders.slice(1).map((border, index) => bytes.subarray(borders[index], border))
}

test.each(types)('%s: reads all members in chunks of any size', async (type) => {
  const members = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 300 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(members, fc.array(fc.nat(), { maxLength: 8 }), async (texts, places) => {
      const bytes = Buffer.concat(texts.map((text) => pack[type](text)))
      expect(await unpacked(type, ...cut(bytes, places))).toBe(texts.join(''))
    }),
    { numRuns: 60 },
  )
})

test.each(types)('%s: anything behind the last member is an error', async (type) => {
  const good = pack[type]('hello')
  for (const garbage of [
    Buffer.alloc(10),
    Buffer.alloc(1),
    Buffer.from('PK'),
    Buffer.from([0x1f]),
    good.subarray(0, 3),
    Buffer.from('garbage, really'),
  ]) {
    await expect(unpacked(type, Buffer.concat([good, garbage])), garbage.toString('hex')).rejects.toMatchObject({
      code: 'CONTENT_CORRUPT',
    })
    await expect(unpacked(type, good, garbage), garbage.toString('hex')).rejects.toMatchObject({
      code: 'CONTENT_CORRUPT',
    })
  }
})

test.each(types)('%s: any cut and any flipped bit of the check sum is an error', async (type) => {
  const checked =
    type === 'zstd' ? zstdCompressSync('hello'.repeat(100), { params: { 201: 1 } }) : gzipSync('hello'.repeat(100))
  for (let length = 0; length < checked.length; length++) {
    await expect(unpacked(type, checked.subarray(0, length)), `${length}`).rejects.toMatchObject({
      code: 'CONTENT_CORRUPT',
    })
  }
  const flipped = Buffer.from(checked)
  const last = type === 'zstd' ? flipped.length - 1 : flipped.length - 5
  flipped[last] = (flipped[last] ?? 0) ^ 1
  await expect(unpacked(type, flipped)).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' })
})

test.each(types)('%s: a bomb is unpacked only as far as it is read', async (type) => {
  const bomb = pack[type](Buffer.alloc(64 * 1024 * 1024))
  await expect(readAll(decompress(streamOf(bomb), type), 1_000_000)).rejects.toMatchObject({ code: 'TOO_LARGE' })
})

test.each(types)('%s: an error of the source passes unchanged, and the source is closed', async (type) => {
  const bytes = pack[type](randomBytes(200_000))
  const failure = new Error('the line went dead')
  async function* failing(): Bytes & AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 100_000)
    throw failure
  }
  await expect(readAll(decompress(failing(), type), 1_000_000)).rejects.toBe(failure)

  let isClosed = false
  async function* closing(): Bytes & AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield bytes
    } finally {
      isClosed = true
    }
  }
  for await (const chunk of decompress(closing(), type)) if (chunk.length > 0) break
  expect(isClosed).toBe(true)
})

test.each(types)('%s: large content comes out whole', async (type) => {
  const bytes = Buffer.concat([randomBytes(3_000_000), Buffer.alloc(5_000_000), randomBytes(100)])
  const small = pack[type](bytes)
  const hash = createHash('sha256')
  for await (const chunk of decompress(streamOf(...cut(small, [1, 70_000, 1_000_000])), type)) hash.update(chunk)
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
})
