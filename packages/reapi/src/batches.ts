/** Bytes and contents of one message: gRPC allows 4 MiB by default, names take some of it. */
const limits = { bytes: 3 * 1024 * 1024, count: 1000 }

/** Largest content that travels in a batch; a larger one has a stream of its own. */
export const batchedSize = 1024 * 1024

/** Groups of values that fit into one message each, in their order. */
export function inBatches<T>(values: readonly T[], sizeOf: (value: T) => number): readonly (readonly T[])[] {
  const batches: T[][] = []
  let bytes = 0
  for (const value of values) {
    const size = sizeOf(value)
    const last = batches.at(-1)
    if (last === undefined || last.length === limits.count || bytes + size > limits.bytes) {
      batches.push([value])
      bytes = size
    } else {
      last.push(value)
      bytes += size
    }
  }
  return batches
}
