import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { streamOf, test } from '../layer/test-store.ts'
import { writeDestination } from './write-destination.ts'

const signal = new AbortController().signal

test('a file appears whole, its directories with it', async ({ directory }) => {
  const dest = join(directory, 'new/deep/file.tar')
  await writeDestination(dest, streamOf('content'), signal)
  expect(await readFile(dest, 'utf8')).toBe('content')
  expect(await readdir(join(directory, 'new/deep'))).toEqual(['file.tar'])
})

test('what fails midway or is aborted leaves the old file and no part', async ({ directory }) => {
  const dest = join(directory, 'out.tar')
  await writeFile(dest, 'old')
  const abort = new AbortController()
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100_000)
    throw new Error('no more')
  }
  async function* aborted(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100_000)
    abort.abort(new Error('stop'))
    yield Buffer.alloc(100_000)
  }
  await expect(writeDestination(dest, failing(), signal)).rejects.toThrow('no more')
  await expect(writeDestination(dest, aborted(), abort.signal)).rejects.toThrow()
  expect(await readFile(dest, 'utf8')).toBe('old')
  expect((await readdir(directory)).filter((name) => name !== 'store')).toEqual(['out.tar'])
})
