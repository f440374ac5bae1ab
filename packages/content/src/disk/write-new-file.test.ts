import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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
