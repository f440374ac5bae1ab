import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Flight, FlightRequest, SingleFlight } from '@tsbuild/content'
import { BucketError } from './bucket-error.ts'
import { decodeFlight, encodeFlight } from './flight-document.ts'
import type { VersionedDocuments, VersionedDocument } from './versioned-documents.ts'

/** Times of claims, in milliseconds. */
export interface FlightTimes {
  /** A holder shows so often that it lives. */
  readonly renewEvery: number
  /** A claim that stays the same for this long, by the clock of the observer, is abandoned. */
  readonly staleAfter: number
  /** Of one request with its retries. */
  readonly request: number
  /** Of all waiting for one piece of work. */
  readonly wait: number
}

const defaultTimes: FlightTimes = { renewEvery: 3000, staleAfter: 10_000, request: 10_000, wait: 3_600_000 }

const shortestPoll = 100
const longestPoll = 1000

/**
 * Work of parties that share an object store. Each piece is one document, which is written only
 * under the condition that it is still as it was read:
 *
 *     absent ─▶ running HOLDER BEAT ─▶ done, and the result
 *                 │    ▲ next beat  └▶ failed, free: to be claimed again
 *                 └────┘
 *
 * Clocks are not compared: who waits measures how long the document stays the same.
 */
export class BucketFlights implements SingleFlight {
  readonly #documents: VersionedDocuments
  readonly #times: FlightTimes

  constructor(documents: VersionedDocuments, times: FlightTimes = defaultTimes) {
    this.#documents = documents
    this.#times = times
  }

  async join(name: string, { signal, onWait, isUsable }: FlightRequest): Promise<Uint8Array | Flight | undefined> {
    const held = new HeldDocument(name, this.#bounded(signal))
    if (await held.claim(undefined)) return this.#flight(held)
    const end = performance.now() + this.#times.wait
    const isStale = observer(this.#times.staleAfter)
    let isWaiting = false
    for (let poll = shortestPoll; performance.now() < end; poll = Math.min(longestPoll, poll * 1.5)) {
      const found = await held.read()
      const note = found && decodeFlight(found.bytes)
      if (found && note?.state === 'running' && note.holder === held.holder) {
        // The answer to the write was lost.
        held.version = found.version
        return this.#flight(held)
      }
      if (note?.state === 'done' && (await isUsable(note.result))) return note.result
      if (note?.state === 'failed' && isWaiting) return undefined
      const isFree = note?.state !== 'running' || isStale(found)
      if (isFree && (await held.claim(found?.version))) return this.#flight(held)
      if (!isFree && !isWaiting) {
        isWaiting = true
        await onWait()
      }
      // Jitter keeps those who wait from asking in step.
      await sleep(poll * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
    return undefined
  }

  #flight(held: HeldDocument): Flight {
    // Later requests are not of the caller: its signal must not end the claim of others.
    held.documents = this.#bounded()
    let renewing: Promise<unknown> | undefined
    const timer = setInterval(() => {
      renewing ??= held.renew().then(
        () => (renewing = undefined),
        () => (renewing = undefined),
      )
    }, this.#times.renewEvery).unref()
    let isReleased = false
    return {
      release: async (outcome) => {
        if (isReleased) return
        isReleased = true
        clearInterval(timer)
        await renewing
        const writing = held.replace(
          outcome instanceof Uint8Array ? { state: 'done', result: outcome } : { state: outcome ?? 'free' },
        )
        // A claim that cannot be given up is abandoned.
        await (outcome instanceof Uint8Array ? writing : writing.catch(() => {}))
      },
    }
  }

  /** The documents, with a limit for the time of each request. */
  #bounded(signal?: AbortSignal): VersionedDocuments {
    const within = async <T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> => {
      const late = new AbortController()
      const { request: limit } = this.#times
      const timer = setTimeout(
        () => late.abort(new BucketError('BUCKET_FAILED', `no answer within ${limit / 1000} s`)),
        limit,
      )
      try {
        return await request(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]))
      } finally {
        clearTimeout(timer)
      }
    }
    return {
      read: (name) => within((limit) => this.#documents.read(name, limit)),
      write: (name, bytes, { version }) =>
        within((limit) => this.#documents.write(name, bytes, { version, signal: limit })),
    }
  }
}

/** One party's view of a document. */
class HeldDocument {
  readonly name: string
  readonly holder = randomBytes(16).toString('hex')
  documents: VersionedDocuments
  /** Undefined once the claim was lost. */
  version: string | undefined
  #beat = 0

  constructor(name: string, documents: VersionedDocuments) {
    this.name = name
    this.documents = documents
  }

  read(): Promise<VersionedDocument | undefined> {
    return this.documents.read(this.name)
  }

  /** Takes the place of a version, or of no document. */
  async claim(version: string | undefined): Promise<boolean> {
    this.version = await this.documents.write(this.name, this.#running(), { version })
    return this.version !== undefined
  }

  async renew(): Promise<void> {
    this.#beat += 1
    await this.#write(this.#running())
  }

  async replace(end: Parameters<typeof encodeFlight>[0]): Promise<void> {
    await this.#write(encodeFlight(end))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.version === undefined) return
    this.version =
      (await this.documents.write(this.name, bytes, { version: this.version })) ?? (await this.#writeAgain(bytes))
  }

  /** After a write whose answer was lost the version is another, and the holder the same. */
  async #writeAgain(bytes: Uint8Array): Promise<string | undefined> {
    const found = await this.read()
    const note = found && decodeFlight(found.bytes)
    if (note?.state !== 'running' || note.holder !== this.holder) return undefined
    return this.documents.write(this.name, bytes, { version: found?.version })
  }

  #running(): Uint8Array {
    return encodeFlight({ state: 'running', holder: this.holder, beat: this.#beat })
  }
}

/** Observes a document: true once it has stayed the same for too long. */
function observer(staleAfter: number): (found: VersionedDocument | undefined) => boolean {
  let seen: { readonly version: string | undefined; readonly since: number } | undefined
  return (found) => {
    if (seen?.version === found?.version && seen !== undefined) return performance.now() - seen.since > staleAfter
    seen = { version: found?.version, since: performance.now() }
    return false
  }
}
