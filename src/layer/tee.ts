import type { Bytes } from '@tsbuild/content'

/**
 * Splits a stream in two that must both be read. They advance together: each chunk waits until the slower side has asked for
 * the next one, so no more than one chunk is held. When one side stops early, the other goes on alone.
 */
export function tee(source: Bytes): readonly [Bytes, Bytes] {
  const iterator = source[Symbol.asyncIterator]()
  let current: { readonly step: Promise<IteratorResult<Uint8Array>>; takers: number } | undefined
  let active = 2
  let turn = Promise.withResolvers<void>()

  const advance = (): void => {
    current = undefined
    turn.resolve()
    turn = Promise.withResolvers<void>()
  }
  async function next(): Promise<IteratorResult<Uint8Array>> {
    current ??= { step: iterator.next(), takers: 0 }
    const { step } = current
    const mine = turn.promise
    current.takers += 1
    if (current.takers >= active) advance()
    else await mine
    return step
  }
  async function* branch(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const { done, value } = await next()
        if (done) return
        yield value
      }
    } finally {
      active -= 1
      if (current && current.takers >= active) advance()
      if (active === 0) await iterator.return?.()
    }
  }
  return [branch(), branch()]
}
