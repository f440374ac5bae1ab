/**
 * The standard class of this name for bundles, because Node 22 has `Symbol.asyncDispose` but no
 * stacks.
 */
export class AsyncStack implements AsyncDisposableStack {
  #disposals: (() => unknown)[] = []
  #disposed = false

  get disposed(): boolean {
    return this.#disposed
  }

  use<T extends AsyncDisposable | Disposable | null | undefined>(value: T): T {
    if (value === null || value === undefined) return value
    if (Symbol.asyncDispose in value) this.defer(() => value[Symbol.asyncDispose]())
    else this.defer(() => value[Symbol.dispose]())
    return value
  }

  adopt<T>(value: T, onDispose: (value: T) => PromiseLike<void> | void): T {
    this.defer(() => onDispose(value))
    return value
  }

  defer(onDispose: () => PromiseLike<void> | void): void {
    this.#assertOpen()
    this.#disposals.push(onDispose)
  }

  move(): AsyncDisposableStack {
    this.#assertOpen()
    const moved = new AsyncStack()
    moved.#disposals = this.#disposals
    this.#disposals = []
    this.#disposed = true
    return moved
  }

  async disposeAsync(): Promise<void> {
    this.#disposed = true
    const errors: unknown[] = []
    for (let dispose = this.#disposals.pop(); dispose !== undefined; dispose = this.#disposals.pop()) {
      try {
        await dispose()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors.reduce((suppressed, error) => suppressedError(error, suppressed))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncDisposableStack'
  }

  #assertOpen(): void {
    if (this.#disposed) throw new ReferenceError('AsyncDisposableStack has already been disposed')
  }
}

/** The last error of several, with those before it in `suppressed`; Node 22 has no class for it. */
function suppressedError(error: unknown, suppressed: unknown): Error {
  const message = 'An error was suppressed during disposal.'
  return Object.assign(new Error(message), { name: 'SuppressedError', error, suppressed })
}
