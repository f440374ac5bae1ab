import { expect, test } from 'vitest'
import { describeBytes, streamOf } from '../testing/index.ts'
import { readAll } from './read-all.ts'
import { factsOf, withFacts } from './stream-facts.ts'
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

test('a stream that checks itself is not hashed again; one that checks something else is', async () => {
  const content = Buffer.from('abc')
  const other = describeBytes(Buffer.from('abd'))
  const lying = (): ReturnType<typeof streamOf> => withFacts(streamOf(content), { checked: other })
  expect(await readAll(verified(lying(), other), 3)).toEqual(content)
  await expect(readAll(verified(lying(), describeBytes(Buffer.from('xyz'))), 3)).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  })
})

test('a stream that knows only with its first chunk that it checks itself is not hashed', async () => {
  const other = describeBytes(Buffer.from('abd'))
  const late = {
    [Symbol.asyncIterator]: async function* () {
      withFacts(late, { checked: other })
      yield Buffer.from('abc')
    },
  }
  expect(await readAll(verified(late, other), 3)).toEqual(Buffer.from('abc'))
})

test('a stream that is checked elsewhere is counted, not hashed', async () => {
  const other = describeBytes(Buffer.from('abd'))
  const elsewhere = (text: string): ReturnType<typeof verified> => {
    const stream = verified(streamOf(Buffer.from(text)), other)
    return withFacts(stream, { ...factsOf(stream), isCheckedElsewhere: true })
  }
  expect(await readAll(elsewhere('abc'), 3)).toEqual(Buffer.from('abc'))
  await expect(readAll(elsewhere('ab'), 3)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' })
})
