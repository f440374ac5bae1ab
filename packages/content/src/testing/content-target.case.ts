import { randomBytes } from 'node:crypto'
import { type Descriptor, digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { readAll } from '../storage/read-all.ts'
import type { Bytes, ContentTarget } from '../storage/storage.ts'

/** The descriptor of some bytes. */
export function describeBytes(bytes: Uint8Array, mediaType = 'application/octet-stream'): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

/** A stream of these chunks. */
export async function* streamOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}

/**
 * Declares the tests that every `ContentTarget` must pass. `create` makes an empty one for each
 * test.
 */
export function testContentTarget(name: string, create: () => Promise<ContentTarget>): void {
  const content = randomBytes(100_000)
  const descriptor = describeBytes(content)
  const read = async (target: ContentTarget, wanted = descriptor): Promise<Uint8Array> =>
    readAll(await target.open(wanted), 1_000_000)

  test(`${name}: gives back what was put, in any chunks`, async () => {
    const target = await create()
    expect(await target.has(descriptor)).toBe(false)
    await target.put(
      descriptor,
      streamOf(content.subarray(0, 1), new Uint8Array(), content.subarray(1, 70_000), content.subarray(70_000)),
    )
    expect(await target.has(descriptor)).toBe(true)
    expect(digestOf(await read(target))).toBe(descriptor.digest)
  })

  test(`${name}: stores nothing at all, too`, async () => {
    const target = await create()
    const empty = describeBytes(new Uint8Array())
    await target.put(empty, streamOf())
    expect(await read(target, empty)).toHaveLength(0)
  })

  test(`${name}: open rejects when there is no such content`, async () => {
    await expect((await create()).open(descriptor)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each<[string, readonly Uint8Array[], string]>([
    ['too short', [content.subarray(1)], 'SIZE_MISMATCH'],
    ['too long', [content, content.subarray(0, 1)], 'SIZE_MISMATCH'],
    ['other content of the same size', [content.toReversed()], 'DIGEST_MISMATCH'],
  ])(`${name}: refuses a stream that is %s, and keeps nothing of it`, async (_, chunks, code) => {
    const target = await create()
    await expect(target.put(descriptor, streamOf(...chunks))).rejects.toMatchObject({ code })
    expect(await target.has(descriptor)).toBe(false)
    await target.put(descriptor, streamOf(content))
    expect(digestOf(await read(target))).toBe(descriptor.digest)
  })

  test(`${name}: a descriptor with another size is another content`, async () => {
    const target = await create()
    await target.put(descriptor, streamOf(content))
    expect(await target.has({ ...descriptor, size: 99_999 })).toBe(false)
    await expect(read(target, { ...descriptor, size: 99_999 })).rejects.toMatchObject({ code: 'SIZE_MISMATCH' })
  })

  test(`${name}: keeps nothing of a stream that fails, and passes its error on`, async () => {
    const target = await create()
    await expect(target.put(descriptor, failing(content.subarray(0, 50_000)))).rejects.toThrow('the line went dead')
    expect(await target.has(descriptor)).toBe(false)
  })

  test(`${name}: reads nothing of a stream whose content is there`, async () => {
    const target = await create()
    await target.put(descriptor, streamOf(content))
    await target.put(descriptor, failing())
  })

  test(`${name}: many may put the same content at once`, async () => {
    const target = await create()
    await Promise.all(Array.from({ length: 8 }, () => target.put(descriptor, streamOf(content))))
    expect(digestOf(await read(target))).toBe(descriptor.digest)
  })

  test(`${name}: the signal ends a put whose stream hangs`, async () => {
    const target = await create()
    const controller = new AbortController()
    const put = target.put(descriptor, hanging(content.subarray(0, 10), controller), controller.signal)
    await expect(put).rejects.toThrow('enough')
    expect(await target.has(descriptor)).toBe(false)
  })
}

async function* failing(...chunks: readonly Uint8Array[]): Bytes & AsyncGenerator<Uint8Array> {
  yield* chunks
  throw new Error('the line went dead')
}

/** Gives the chunk, then aborts, and never ends. */
function hanging(chunk: Uint8Array, controller: AbortController): Bytes {
  let calls = 0
  const next = (): Promise<IteratorResult<Uint8Array>> => {
    if (calls++ === 0) return Promise.resolve({ done: false, value: chunk })
    controller.abort(new Error('enough'))
    return new Promise(() => undefined)
  }
  return { [Symbol.asyncIterator]: () => ({ next }) }
}
