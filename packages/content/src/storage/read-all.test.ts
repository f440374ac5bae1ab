import { expect, test } from 'vitest'
import { MemoryContent } from './memory-content.ts'
import { fetchAll, readAll } from './read-all.ts'
import { describeBytes, streamOf } from '../testing/index.ts'

test('reads up to the limit and not beyond', async () => {
  const stream = (): AsyncIterable<Uint8Array> => streamOf(Buffer.from('ab'), Buffer.from('cd'))
  expect(Buffer.from(await readAll(stream(), 4)).toString()).toBe('abcd')
  await expect(readAll(stream(), 3)).rejects.toMatchObject({ code: 'TOO_LARGE' })
})

test('fetches only documents by default', async () => {
  const memory = new MemoryContent()
  const bytes = Buffer.alloc(4 * 1024 * 1024 + 1)
  const descriptor = describeBytes(bytes)
  await memory.put(descriptor, streamOf(bytes))
  await expect(fetchAll(memory, descriptor)).rejects.toMatchObject({ code: 'TOO_LARGE' })
  expect(await fetchAll(memory, descriptor, bytes.length)).toHaveLength(bytes.length)
})
