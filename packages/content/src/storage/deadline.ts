/**
 * A deadline that moves with every chunk of a transfer. The timer is only reset after it fired too
 * early. Two timers for each chunk took a tenth of the time of a download.
 *
 * It does not keep the process alive: the connection that it watches does.
 */
export class Deadline {
  readonly #expired: () => void
  #at: number | undefined
  #timer: { readonly handle: NodeJS.Timeout; readonly at: number } | undefined

  constructor(expired: () => void) {
    this.#expired = expired
  }

  /** Calls `expired` once after so many milliseconds, unless it is set again or cleared before. */
  set(milliseconds: number): void {
    this.#at = performance.now() + milliseconds
    if (this.#timer === undefined || this.#timer.at > this.#at) this.#arm(this.#at, milliseconds)
  }

  clear(): void {
    this.#at = undefined
  }

  #arm(at: number, milliseconds: number): void {
    clearTimeout(this.#timer?.handle)
    this.#timer = { handle: setTimeout(() => this.#fire(), milliseconds).unref(), at }
  }

  #fire(): void {
    this.#timer = undefined
    if (this.#at === undefined) return
    const left = this.#at - performance.now()
    // Timers have whole milliseconds.
    if (left >= 1) return this.#arm(this.#at, left)
    this.#at = undefined
    this.#expired()
  }
}
