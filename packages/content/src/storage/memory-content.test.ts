import { expect, test } from 'vitest'
import { MemoryContent } from './memory-content.ts'
import { describeBytes, streamOf, testContentTarget } from '../testing/index.ts'

testContentTarget('MemoryContent', async () => new MemoryContent())

test('ingest tells what the stream was, and tags point at it', async () => {
  const memory = new MemoryContent()
  const bytes = Buffer.from('hello')
  const { digest, size } = await memory.ingest(streamOf(bytes))
  const descriptor = describeBytes(bytes)
  expect({ digest, size }).toEqual({ digest: descriptor.digest, size: 5 })
  await memory.tag(descriptor, 'a:1')
  expect(await memory.resolve('a:1')).toEqual(descriptor)
  await expect(memory.resolve('a:2')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(memory.tag(describeBytes(Buffer.from('x')), 'a:1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
