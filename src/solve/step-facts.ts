import type { Vertex } from '../graph/vertex.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { FilesRead, OpExecutor, OpExecutors } from './executor.ts'
import { keyOf } from './key.ts'
import type { InputFacts, KeyParts, StepFacts } from './step-memory.ts'
import { findExecutor } from './vertex-keys.ts'

/**
 * Maximum number of files recorded for one input. With more, only their common digest is recorded.
 */
const maximumFiles = 20_000

/**
 * The facts about a step whose inputs are known. Advisory: leaves out facts that cannot be read.
 */
export async function stepFacts(
  vertex: Vertex,
  inputs: readonly Snapshot[],
  { parts, executors }: { readonly parts: KeyParts; readonly executors: OpExecutors },
): Promise<StepFacts> {
  const executor = findExecutor(executors, vertex.op)
  const facts = Object.entries(executor.facts?.(vertex.op) ?? {}).flatMap(([name, part]) =>
    part === undefined ? [] : [[name, keyOf('fact', part).slice(7, 23)] as const],
  )
  return {
    ...parts,
    facts: new Map(facts),
    inputs: await Promise.all(inputs.map((input, index) => inputFacts(vertex, { index, input }, executor))),
  }
}

async function inputFacts(
  { op, inputs }: Vertex,
  { index, input }: { readonly index: number; readonly input: Snapshot },
  executor: OpExecutor<Vertex['op']>,
): Promise<InputFacts> {
  const from = inputs[index]?.op
  const files: FilesRead | undefined = await executor.filesRead?.(op, index, input).catch(() => undefined)
  return {
    ...(from?.kind === 'image' ? { image: from.digest } : {}),
    ...(files === undefined || files.size > maximumFiles ? {} : { files }),
  }
}
