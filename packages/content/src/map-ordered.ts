/** Works on up to `limit` inputs at once and yields the results in the order of the inputs; reads no further ahead than that. */
export async function* mapOrdered<Input, Output>(
  inputs: AsyncIterable<Input>,
  limit: number,
  work: (input: Input) => Promise<Output>,
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
