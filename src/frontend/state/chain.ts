/**
 * A list that grows at its end and shares its beginning with the list it was made from. Stages that
 * continue each other would otherwise hold a copy for each instruction: the square of their number.
 */
export class Chain<T> {
  readonly length: number
  readonly #before: Chain<T> | undefined
  readonly #items: readonly T[]

  private constructor(items: readonly T[], before?: Chain<T>) {
    this.#items = items
    this.#before = before
    this.length = items.length + (before?.length ?? 0)
  }

  static of<T>(items: readonly T[]): Chain<T> {
    return new Chain(items)
  }

  with(item: T): Chain<T> {
    return new Chain([item], this)
  }

  /** Last first. */
  *backwards(): Generator<T> {
    yield* this.#items.toReversed()
    for (let at = this.#before; at !== undefined; at = at.#before) yield* at.#items.toReversed()
  }

  toArray(): readonly T[] {
    return [...this.backwards()].reverse()
  }
}
