import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { freeChunk, lendChunk } from '../memory/fresh-chunk.ts'
import { blockSize, takeBlock } from '../memory/shared-memory.ts'
import { hashStream } from './hash-stream.ts'
import { ThreadedHash } from './threaded-hash.ts'

function digestOf(parts: readonly Uint8Array[], algorithm = 'sha256'): string {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return `${algorithm}:${hash.digest('hex')}`
}

test.each([
  ['no chunk', []],
  ['small chunks', Array.from({ length: 500 }, (_, index) => index * 7)],
  ['chunks larger than a block', [3 * blockSize + 1, 5, blockSize, 20 * blockSize]],
])('a thread gives the digest of copied chunks: %s', async (_, sizes) => {
  const parts = sizes.map((size) => randomBytes(size))
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const hash = new ThreadedHash(algorithm)
    for (const part of parts) {
      const copy = Buffer.from(part)
      await hash.update(copy)
      // The owner of the chunk may use its memory again.
      copy.fill(0)
    }
    expect(await hash.digest()).toBe(digestOf(parts, algorithm))
  }
})

test('a lent chunk in shared memory is kept until the thread has read it', async () => {
  const hash = new ThreadedHash('sha256')
  const parts = Array.from({ length: 40 }, () => randomBytes(blockSize))
  let released = 0
  for (const part of parts) {
    const block = takeBlock()
    block.bytes.set(part)
    const chunk = lendChunk(block.bytes.subarray(), () => {
      released += 1
      block.release()
    })
    const turn = hash.update(chunk)
    freeChunk(chunk)
    await turn
  }
  expect(await hash.digest()).toBe(digestOf(parts))
  expect(released).toBe(40)
})

test('streams at once, some of them closed before their end, do not mix', async () => {
  const part = randomBytes(3 * blockSize)
  const hashes = Array.from({ length: 9 }, () => new ThreadedHash('sha256'))
  for (let turn = 0; turn < 3; turn++)
    for (const [index, hash] of hashes.entries()) {
      if (index % 3 === 0 && turn === 1) hash.close()
      else if (index % 3 !== 0 || turn === 0) await hash.update(part.subarray(index))
    }
  const digests = await Promise.all(hashes.filter((_, index) => index % 3 !== 0).map((hash) => hash.digest()))
  const expected = [1, 2, 4, 5, 7, 8].map((index) => digestOf([0, 1, 2].map(() => part.subarray(index))))
  expect(digests).toEqual(expected)
})

test('a stream whose reader has stopped does not keep the process alive', () => {
  const module = new URL('./threaded-hash.ts', import.meta.url).href
  const program = `
    import { ThreadedHash } from '${module}'
    await new ThreadedHash('sha256').update(new Uint8Array(${blockSize}))
    console.log(await new ThreadedHash('sha256').digest())
  `
  const options = { encoding: 'utf8', timeout: 20_000 } as const
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], options)
  expect([stdout.trim(), signal]).toEqual([digestOf([]), null])
})

test.each([
  ['small', 100],
  ['large', 64 * 1024 * 1024],
])('the hash of a %s stream', async (_, size) => {
  const hash = hashStream('sha256', size)
  await hash.update(Buffer.from('ab'))
  await hash.update(Buffer.from('c'))
  expect(await hash.digest()).toBe(digestOf([Buffer.from('abc')]))
  hash.close()
})
