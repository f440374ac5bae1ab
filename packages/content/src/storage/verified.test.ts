import { expect, test } from 'vitest'
import { describeBytes, streamOf } from '../testing/index.ts'
import { verified } from './verified.ts'

test('the byte too many is never passed on', async () => {
  const seen: Uint8Array[] = []
  const reading = async (): Promise<void> => {
    for await (const chunk of verified(
      streamOf(Buffer.from('abc'), Buffer.from('d')),
      describeBytes(Buffer.from('abc')),
    ))
      seen.push(chunk)
  }
  await expect(reading()).rejects.toMatchObject({ code: 'SIZE_MISMATCH' })
  expect(Buffer.concat(seen).toString()).toBe('abc')
})
