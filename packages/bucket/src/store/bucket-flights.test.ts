import { setTimeout as sleep } from 'node:timers/promises'
import type { Flight, FlightRequest } from '@tsbuild/content'
import { testSingleFlight } from '@tsbuild/content/testing'
import { expect, test, vi } from 'vitest'
import { BucketFlights } from './bucket-flights.ts'
import { encodeFlight } from './flight-document.ts'
import type { VersionedDocuments } from './versioned-documents.ts'

const times = { renewEvery: 20, staleAfter: 1500, request: 1000, wait: 60_000 }

/** Documents in memory; `lose` answers the next write with an error, after it was done. */
class Documents implements VersionedDocuments {
  readonly #known = new Map<string, { readonly bytes: Uint8Array; readonly version: string }>()
  #versions = 0
  writes = 0
  lose = false
  hangs = false

  async read(name: string, signal?: AbortSignal) {
    if (this.hangs) await sleep(60_000, undefined, { signal })
    return this.#known.get(name)
  }

  async write(name: string, bytes: Uint8Array, { version }: { readonly version?: string | undefined }) {
    if (this.#known.get(name)?.version !== version) return undefined
    const next = String(++this.#versions)
    this.#known.set(name, { bytes, version: next })
    this.writes += 1
    if (!this.lose) return next
    this.lose = false
    // As a client that tries again sees it.
    return undefined
  }
}

function request(state: { waits: number } = { waits: 0 }): FlightRequest {
  const onWait = (): void => void (state.waits += 1)
  return { signal: new AbortController().signal, onWait, isUsable: async () => true }
}

testSingleFlight('memory', async () => {
  const documents = new Documents()
  return () => new BucketFlights(documents)
})

test('a holder that shows that it lives is waited for; one that ended is not', async () => {
  const documents = new Documents()
  const state = { waits: 0 }
  const holder = new BucketFlights(documents, times)
  const waiter = new BucketFlights(documents, { ...times, staleAfter: 300 })
  const claim = (await holder.join('work', request())) as Flight
  let isOver = false
  const waiting = waiter.join('work', request(state)).finally(() => (isOver = true))
  await vi.waitUntil(() => documents.writes > 20)
  expect(isOver).toBe(false)
  await claim.release(Buffer.from('done'))
  expect(Buffer.from((await waiting) as Uint8Array).toString()).toBe('done')

  const dead = encodeFlight({ state: 'running', holder: '0'.repeat(32), beat: 7 })
  await documents.write('other', dead, {})
  const taken = await waiter.join('other', request(state))
  expect(taken).not.toBeInstanceOf(Uint8Array)
  expect(taken).toBeDefined()
  expect(state.waits).toBe(2)
})

test('a holder whose claim was taken over hands out nothing', async () => {
  const documents = new Documents()
  const slow = new BucketFlights(documents, { ...times, renewEvery: 60_000 })
  const claim = (await slow.join('work', request())) as Flight
  const next = (await new BucketFlights(documents, { ...times, staleAfter: 50 }).join('work', request())) as Flight
  await claim.release(Buffer.from('late'))
  await next.release(Buffer.from('in time'))
  expect(Buffer.from((await slow.join('work', request())) as Uint8Array).toString()).toBe('in time')
})

test('a write whose answer was lost counts', async () => {
  const documents = new Documents()
  const flights = new BucketFlights(documents, { ...times, renewEvery: 60_000 })
  documents.lose = true
  const claim = (await flights.join('work', request())) as Flight
  await claim.release(Buffer.from('done'))
  expect(await flights.join('work', request())).toBeInstanceOf(Uint8Array)
})

test('a server that does not answer is an error, and a wait has an end', async () => {
  const documents = new Documents()
  const claim = (await new BucketFlights(documents, times).join('work', request())) as Flight
  const short = { ...times, wait: 200, request: 100 }
  expect(await new BucketFlights(documents, short).join('work', request())).toBeUndefined()
  documents.hangs = true
  await expect(new BucketFlights(documents, short).join('work', request())).rejects.toThrow(/abort/)
  documents.hangs = false
  await claim.release()
})

test('a document of any other content is work to be claimed', async () => {
  const documents = new Documents()
  const flights = new BucketFlights(documents, times)
  for (const [name, text] of Object.entries({ empty: '', other: 'running x 1\n', long: 'running '.repeat(1000) })) {
    await documents.write(name, Buffer.from(text), {})
    expect(await flights.join(name, request())).not.toBeInstanceOf(Uint8Array)
  }
})
