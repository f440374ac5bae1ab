import { execFileSync } from 'node:child_process'
import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAll } from '../storage/read-all.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { readInput } from './read-input.ts'

const { signal } = new AbortController()

test('a file is read to its end', async () => {
  expect(await readAll(readInput(import.meta.filename, signal), 1 << 20)).toEqual(await readFile(import.meta.filename))
})

test('a FIFO is read from its first writer to the end of its last one', async () => {
  const fifo = await makeFifo()
  const bytes = readAll(readInput(fifo, signal), 1 << 20)
  const first = await open(fifo, constants.O_WRONLY)
  const second = await open(fifo, constants.O_WRONLY)
  await first.writeFile('a')
  await first.close()
  await second.writeFile('b')
  await second.close()
  expect(await bytes).toEqual(Buffer.from('ab'))
})

test('the wait for a writer ends with the signal', async () => {
  const controller = new AbortController()
  const bytes = readAll(readInput(await makeFifo(), controller.signal), 1 << 20)
  setTimeout(() => controller.abort(new Error('given up')), 50)
  await expect(bytes).rejects.toThrow('given up')
})

async function makeFifo(): Promise<string> {
  const path = join(await temporaryDirectory(), 'fifo')
  execFileSync('mkfifo', [path])
  return path
}
