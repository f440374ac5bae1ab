import { factsOf, withFacts } from '@tsbuild/content'
import { digestOf } from '@tsbuild/oci'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tee } from './tee.ts'

/** A source that tells how far it was read and whether it was let go. */
function source(chunks: readonly Uint8Array[], failAfter?: number) {
  const state = { sent: 0, closed: false }
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        if (state.sent === failAfter) throw new Error('broken')
        state.sent += 1
        yield chunk
      }
    } finally {
      state.closed = true
    }
  }
  return { state, bytes: read() }
}

async function take(bytes: AsyncIterable<Uint8Array>, count = Infinity, pause = 0): Promise<readonly Uint8Array[]> {
  const taken: Uint8Array[] = []
  if (count === 0) return taken
  for await (const chunk of bytes) {
    taken.push(chunk)
    for (let turn = 0; turn < pause; turn += 1) await Promise.resolve()
    if (taken.length >= count) break
  }
  return taken
}

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 8 }), { maxLength: 12 })

test('both sides get everything, however fast each reads', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat(5), fc.nat(5), async (all, slow, slower) => {
      const { bytes, state } = source(all)
      const [left, right] = tee(bytes)
      expect(await Promise.all([take(left, Infinity, slow), take(right, Infinity, slower)])).toEqual([all, all])
      expect(state.closed).toBe(true)
    }),
  )
})

test('when one side stops early, the other gets everything', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 12 }), fc.boolean(), async (all, count, turned) => {
      const { bytes } = source(all)
      const sides = tee(bytes)
      const [short, long] = turned ? [sides[1], sides[0]] : sides
      const [some, every] = await Promise.all([take(short, count), take(long)])
      expect(some).toEqual(all.slice(0, count))
      expect(every).toEqual(all)
    }),
  )
})

test('when both stop early, the source is let go', async () => {
  const { bytes, state } = source([1, 2, 3, 4].map((byte) => Uint8Array.of(byte)))
  const [left, right] = tee(bytes)
  await Promise.all([take(left, 2), take(right, 1)])
  expect(state).toEqual({ sent: 2, closed: true })
})

test('an error reaches both, after what came before it', async () => {
  const { bytes } = source([Uint8Array.of(1), Uint8Array.of(2)], 1)
  const seen: Uint8Array[][] = [[], []]
  const read = tee(bytes).map(async (side, index) => {
    for await (const chunk of side) seen[index]?.push(chunk)
  })
  const outcomes = await Promise.allSettled(read)
  expect(outcomes).toMatchObject([
    { status: 'rejected', reason: { message: 'broken' } },
    { status: 'rejected', reason: { message: 'broken' } },
  ])
  expect(seen).toEqual([[Uint8Array.of(1)], [Uint8Array.of(1)]])
})

test('the fast side is never more than a chunk ahead', async () => {
  const { bytes, state } = source([1, 2, 3].map((byte) => Uint8Array.of(byte)))
  const [left, right] = tee(bytes)
  const fast = take(left)
  const slow = right[Symbol.asyncIterator]()
  await slow.next()
  await new Promise((resolve) => setImmediate(resolve))
  expect(state.sent).toBe(2)
  for (let step = await slow.next(); !step.done; step = await slow.next());
  expect(await fast).toHaveLength(3)
})

test('an error reaches both sides, however late the second asks', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  const [first, second] = tee(
    (async function* () {
      yield Buffer.from('a')
      throw new Error('corrupt')
    })(),
  )
  const early = take(first)
  early.catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 20))
  const late = second[Symbol.asyncIterator]()
  await late.next()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await expect(late.next()).rejects.toThrow('corrupt')
  await expect(early).rejects.toThrow('corrupt')
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

test('both sides check themselves if the source does', () => {
  const checked = { digest: digestOf('a'), size: 1 }
  expect(tee(withFacts(source([]).bytes, { checked, isSole: true })).map(factsOf)).toEqual([{ checked }, { checked }])
  expect(tee(source([]).bytes).map(factsOf)).toEqual([{}, {}])
})
