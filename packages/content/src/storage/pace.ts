import { Deadline } from './deadline.ts'

/** Least that the other side of a transfer has to move in so much time. */
export interface Pace {
  readonly bytes: number
  readonly milliseconds: number
}

/** 100 bytes a second. At this pace an image of 10 MB takes more than a day. */
export const defaultPace: Pace = { bytes: 6000, milliseconds: 60_000 }

/**
 * Clock of one transfer. It runs only while this side waits: the time that a consumer takes is not
 * the peer's. `expired` is called once if the peer moves fewer bytes than its pace asks for.
 */
export class PaceClock {
  readonly #pace: Pace
  readonly #expired: (reason: string) => void
  #moved = 0
  #waited = 0
  #since: number | undefined
  readonly #deadline = new Deadline(() => this.#expire())

  constructor(pace: Pace, expired: (reason: string) => void) {
    this.#pace = pace
    this.#expired = expired
  }

  /** Begins to wait for the peer. */
  start(): void {
    this.stop()
    this.#since = performance.now()
    // A busy event loop may end a wait only after its time.
    this.#deadline.set(Math.max(0, this.#pace.milliseconds - this.#waited))
  }

  /** Ends a wait in which the peer moved so many bytes. */
  stop(bytes: number = 0): void {
    this.#deadline.clear()
    if (this.#since !== undefined) this.#waited += performance.now() - this.#since
    this.#since = undefined
    this.#moved += bytes
    if (this.#moved < this.#pace.bytes) return
    this.#moved = 0
    this.#waited = 0
  }

  #expire(): void {
    this.stop()
    this.#expired(`${this.#moved} bytes in ${this.#pace.milliseconds / 1000} s, which is too slow`)
  }
}
