import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { abortable } from './abortable.ts'
import { streamOf } from '../testing/index.ts'

test('the bytes pass unchanged', async () => {
  const chunks = [Uint8Array.of(1), Uint8Array.of(2, 3)]
  expect(await Array.fromAsync(abortable(streamOf(...chunks), new AbortController().signal))).toEqual(chunks)
})

test('an abort between two chunks and one before the first end the stream with their reason, and close the source', async () => {
  for (const before of [0, 1]) {
    const controller = new AbortController()
    let closed = false
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Uint8Array.of(1)
      } finally {
        closed = true
      }
    }
    const read = async (): Promise<void> => {
      let seen = 0
      if (seen === before) controller.abort(new Error('enough'))
      for await (const _ of abortable(source(), controller.signal))
        if (++seen === before) controller.abort(new Error('enough'))
    }
    await expect(read()).rejects.toThrow('enough')
    expect(closed).toBe(before > 0)
  }
})

test('chunks that have gone by are not kept', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const chunks: WeakRef<Uint8Array>[] = []
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < 100; count += 1) {
      const chunk = new Uint8Array(1000)
      chunks.push(new WeakRef(chunk))
      yield chunk
    }
  }
  let alive = 0
  for await (const _ of abortable(source(), new AbortController().signal)) {
    if (chunks.length < 100) continue
    // A weak reference holds until the next task.
    await new Promise(setImmediate)
    collect()
    alive = chunks.filter((chunk) => chunk.deref() !== undefined).length
  }
  expect(alive).toBeLessThan(10)
})
