import type { MergeOp } from '../graph/op.ts'
import { keyOf } from '../solve/key.ts'
import type { OpExecutor } from '../solve/executor.ts'

/** Stacks the layers of all inputs, in order. */
export const mergeExecutor: OpExecutor<MergeOp> = {
  uncached: true,
  key: async () => keyOf('merge', []),
  run: async (_op, inputs) => inputs.flat(),
}
