import { availableParallelism } from 'node:os'

/**
 * Several inputs for each thread, since results wait for their turn while threads must not; eight
 * cores at most, to bound memory.
 */
const usualLimit = 4 * Math.min(availableParallelism(), 8)

/**
 * Works on at most `limit` inputs at once, by default according to the machine, and yields the
 * results in the order of the inputs.
 */
export async function* mapOrdered<Input, Output>(
  inputs: AsyncIterable<Input>,
  work: (input: Input) => Promise<Output>,
  limit: number = usualLimit,
): AsyncGenerator<Output, void, undefined> {
  const running: Promise<Output>[] = []
  for await (const input of inputs) {
    const result = work(input)
    // It is awaited in its turn; failing earlier must not count as unhandled.
    result.catch(() => undefined)
    running.push(result)
    if (running.length >= limit) yield* first(running)
  }
  while (running.length > 0) yield* first(running)
}

async function* first<Output>(running: Promise<Output>[]): AsyncGenerator<Output, void, undefined> {
  for (const result of running.splice(0, 1)) yield await result
}
