import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '@tsbuild/oci'
import { expect } from 'vitest'
import { openSlice, readSlice } from './open-slice.ts'
import { test } from '../testing/store.ts'

const read = async (path: string, offset: number, size: number, text: Uint8Array): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(openSlice(async () => path, { offset, size, digest: digestOf(text) })))

test('gives just the slice, also one of several reads and one of nothing', async ({ directory }) => {
  const path = join(directory, 'tar')
  const bytes = Buffer.alloc(3_000_000, 'abcdefg')
  await writeFile(path, bytes)
  for (const [offset, size] of [
    [5, 7],
    [1000, 2_500_000],
    [3_000_000, 0],
  ] as const) {
    const slice = bytes.subarray(offset, offset + size)
    expect((await read(path, offset, size, slice)).equals(slice)).toBe(true)
  }
})

test('what is not what it was, or ends too early, is refused', async ({ directory }) => {
  const path = join(directory, 'tar')
  await writeFile(path, 'changed')
  await expect(read(path, 0, 7, Buffer.from('content'))).rejects.toMatchObject({ code: 'LAYER_CORRUPT' })
  await expect(read(path, 3, 100, Buffer.from('nged and more'))).rejects.toMatchObject({ code: 'LAYER_CORRUPT' })
  await expect(read(join(directory, 'gone'), 0, 1, Buffer.from('x'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('holes of a sparse file are zeros', async ({ directory }) => {
  const path = join(directory, 'tar')
  await writeFile(path, '..abcdefg')
  const stored = [
    { start: 3, length: 2 },
    { start: 1_000_000, length: 3 },
  ]
  const whole = Buffer.alloc(1_000_010)
  whole.write('ab', 3)
  whole.write('cde', 1_000_000)
  const place = { offset: 2, size: whole.length, digest: digestOf(whole), stored }
  const slice = Buffer.concat(await Array.fromAsync(openSlice(async () => path, place)))
  expect(slice.equals(whole)).toBe(true)
})

test('a part is read without the rest, and ends where the tar does', async ({ directory }) => {
  const path = join(directory, 'tar')
  await writeFile(path, 'abcdefg')
  expect(String(await readSlice(async () => path, 2, 3))).toBe('cde')
  expect(String(await readSlice(async () => path, 5, 100))).toBe('fg')
})
