import { availableParallelism } from 'node:os'

/**
 * Several inputs per thread, because results wait for their turn and threads must stay busy. At
 * most eight cores, to bound memory.
 */
const usualLimit = 4 * Math.min(availableParallelism(), 8)

/**
 * Works on at most `limit` inputs at a time and yields the results in the order of the inputs. The
 * default depends on the number of processors.
 */
export async function* mapOrdered<Input, Output>(
  inputs: AsyncIterable<Input>,
  work: (input: Input) => Promise<Output>,
  limit: number = usualLimit,
): AsyncGenerator<Output, void, undefined> {
  const running: Promise<Output>[] = []
  for await (const input of inputs) {
    const result = work(input)
    // The loop awaits it later. Without this handler an earlier failure would be an unhandled
    // rejection.
    result.catch(() => undefined)
    running.push(result)
    if (running.length >= limit) yield* first(running)
  }
  while (running.length > 0) yield* first(running)
}

async function* first<Output>(running: Promise<Output>[]): AsyncGenerator<Output, void, undefined> {
  for (const result of running.splice(0, 1)) yield await result
}
