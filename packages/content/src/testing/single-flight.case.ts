import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type { Flight, SingleFlight } from '../storage/single-flight.ts'

const signal = new AbortController().signal
const result = Buffer.from('the result')

/** A party that takes part in the work of others. */
function party(flights: SingleFlight) {
  const state = { waits: 0 }
  const join = (
    name: string,
    { isUsable = async () => true, ending = signal }: { isUsable?: () => Promise<boolean>; ending?: AbortSignal } = {},
  ) => flights.join(name, { signal: ending, onWait: () => (state.waits += 1), isUsable })
  /** Joins where the caller is to do the work. */
  const claim = async (name: string): Promise<Flight> => {
    const joined = await join(name)
    if (joined === undefined || joined instanceof Uint8Array) throw new Error('there is no claim to be had')
    return joined
  }
  return { join, claim, state }
}

/**
 * Declares the tests that every `SingleFlight` must pass. `create` makes parties that share one
 * place.
 */
export function testSingleFlight(what: string, create: () => Promise<() => SingleFlight>): void {
  const open = async () => {
    const next = await create()
    return { name: randomBytes(8).toString('hex'), one: party(next()), two: party(next()), three: party(next()) }
  }

  test(`${what}: work is done once, and its result is for those who wait and those who come later`, async () => {
    const { name, one, two, three } = await open()
    const claim = await one.claim(name)
    const waiting = two.join(name)
    await vi.waitUntil(() => two.state.waits === 1)
    await claim.release(result)
    await claim.release()
    expect(Buffer.from((await waiting) as Uint8Array).toString()).toBe('the result')
    expect(Buffer.from((await three.join(name)) as Uint8Array).toString()).toBe('the result')
    expect([one.state.waits, two.state.waits, three.state.waits]).toEqual([0, 1, 0])
  })

  test(`${what}: of several that come at once, one has the claim`, async () => {
    const { name, one, two, three } = await open()
    let running = 0
    let done = 0
    const work = async ({ join }: typeof one): Promise<void> => {
      const joined = await join(name)
      if (joined === undefined || joined instanceof Uint8Array) return
      expect(++running).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      running -= 1
      done += 1
      await joined.release(result)
    }
    await Promise.all([one, two, three].map(work))
    expect(done).toBe(1)
  })

  test(`${what}: different work does not wait`, async () => {
    const { name, one, two } = await open()
    await one.claim(name)
    await two.claim(`${name}0`)
    expect(two.state.waits).toBe(0)
  })

  test(`${what}: failed work sends those who wait on; the next one has the claim`, async () => {
    const { name, one, two, three } = await open()
    const claim = await one.claim(name)
    const waiting = two.join(name)
    await vi.waitUntil(() => two.state.waits === 1)
    await claim.release('failed')
    expect(await waiting).toBeUndefined()
    await three.claim(name)
  })

  test(`${what}: work that is given up is done by one of those who wait`, async () => {
    const { name, one, two } = await open()
    const claim = await one.claim(name)
    const waiting = two.claim(name)
    await vi.waitUntil(() => two.state.waits === 1)
    await claim.release()
    await (await waiting).release(result)
    expect(await one.join(name)).toBeInstanceOf(Uint8Array)
  })

  test(`${what}: a result that is not usable is made again`, async () => {
    const { name, one, two } = await open()
    await (await one.claim(name)).release(Buffer.from('damaged'))
    const again = await two.join(name, { isUsable: async () => false })
    expect(again).not.toBeInstanceOf(Uint8Array)
    await (again as Flight).release(result)
    expect(Buffer.from((await one.join(name)) as Uint8Array).toString()).toBe('the result')
  })

  test(`${what}: an abort ends the waiting`, async () => {
    const { name, one, two } = await open()
    await one.claim(name)
    const ending = new AbortController()
    const waiting = two.join(name, { ending: ending.signal })
    await vi.waitUntil(() => two.state.waits === 1)
    ending.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
}
