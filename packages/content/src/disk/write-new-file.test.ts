import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { markFresh } from '../memory/fresh-chunk.ts'
import { withFacts } from '../storage/stream-facts.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { writeNewFile } from './write-new-file.ts'

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

test('a file has the bytes of all chunks, small and large, in order', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'file')
  const parts = [3, 2_000_000, 0, 700_000, 700_000, 1].map((size) => randomBytes(size))
  await writeNewFile(path, chunks(...parts), { mode: 0o600 })
  expect(await readFile(path)).toEqual(Buffer.concat(parts))
})

test('does not write to an existing file', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'file')
  await writeNewFile(path, chunks())
  await expect(writeNewFile(path, chunks(Buffer.from('x')))).rejects.toMatchObject({ code: 'EEXIST' })
  expect(await readFile(path, 'utf8')).toBe('')
})

test('the error of the stream is passed on, also behind what is being written', async () => {
  const directory = await temporaryDirectory()
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield randomBytes(3_000_000)
    throw new Error('broken source')
  }
  await expect(writeNewFile(join(directory, 'file'), failing())).rejects.toThrow('broken source')
})

test('an abort ends the wait for a stream that hangs', async () => {
  const directory = await temporaryDirectory()
  async function* hanging(): AsyncGenerator<Uint8Array> {
    yield randomBytes(10)
    await new Promise(() => {})
  }
  const controller = new AbortController()
  const writing = writeNewFile(join(directory, 'file'), hanging(), { signal: controller.signal })
  setImmediate(() => controller.abort(new Error('enough')))
  await expect(writing).rejects.toThrow('enough')
})

test.each([
  ['frees the fresh chunks of a stream that only it reads', true, [0, 0, 100]],
  ['leaves the chunks of other streams alone', false, [3_000_000, 3_000_000, 100]],
])('%s', async (_, isSole, lengths) => {
  const path = join(await temporaryDirectory(), 'file')
  const parts = [3_000_000, 3_000_000].map((size) => markFresh(randomBytes(size)))
  // Memory of a pool, which others use as well.
  const pooled = Buffer.from('a'.repeat(100))
  markFresh(pooled)
  const expected = Buffer.concat([...parts, pooled])
  await writeNewFile(path, withFacts(chunks(...parts, pooled), { isSole }))
  expect((await readFile(path)).equals(expected)).toBe(true)
  expect([...parts, pooled].map(({ length }) => length)).toEqual(lengths)
})
