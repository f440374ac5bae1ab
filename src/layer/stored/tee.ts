import { type Bytes, factsOf, withFacts } from '@tsbuild/content'

/**
 * Splits a stream in two that must both be read, or closed. They advance together: each chunk waits
 * until the slower side has requested it, so at most one is held. When one side is closed early,
 * the other goes on alone. Both check themselves if the source does.
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
  const take = async (): Promise<IteratorResult<Uint8Array>> => {
    const { step } = (current ??= { step: iterator.next(), takers: 0 })
    // The slower branch observes the rejection later. This avoids an unhandled rejection.
    step.catch(() => {})
    const bothTook = turn.promise
    current.takers += 1
    if (current.takers >= active) advance()
    else await bothTook
    return step
  }
  const leave = async (): Promise<void> => {
    active -= 1
    if (current && current.takers >= active) advance()
    if (active === 0) await iterator.return?.()
  }
  const { checked } = factsOf(source)
  const facts = checked === undefined ? {} : { checked }
  return [withFacts(branch(take, leave), facts), withFacts(branch(take, leave), facts)]
}

/** An iterator, because closing a generator that was never started does not run its `finally`. */
function branch(
  take: () => Promise<IteratorResult<Uint8Array>>,
  leave: () => Promise<void>,
): Bytes & AsyncIterator<Uint8Array> {
  let isOpen = true
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    await leave()
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (!isOpen) return { done: true, value: undefined }
      try {
        const step = await take()
        if (step.done) await close()
        return step
      } catch (error) {
        await close()
        throw error
      }
    },
    async return() {
      await close()
      return { done: true, value: undefined }
    },
  }
}
