import { checkOrder, circular, dependenciesOf, type Plan } from './dependencies.ts'
import type { Range } from '@tsbuild/dockerfile'
import type { PlannedStage } from './stages.ts'

interface Edge {
  readonly to: number
  readonly name: string
  readonly range: Range
}

/**
 * Indexes of the stages that `target` needs through FROM, COPY --from and RUN --mount from, in file order.
 * Throws for cycles and bad names anywhere in the file, for wrong order only in what is reachable.
 */
export function reachableStages(plan: Plan, target: number): readonly number[] {
  const edges = plan.stages.map((stage) => stageEdges(stage, plan))
  checkCycles(edges)
  const reached = new Set<number>([target])
  for (const index of reached) for (const { to } of edges[index] ?? []) reached.add(to)
  const sorted = [...reached].sort((a, b) => a - b)
  for (const stage of sorted.flatMap((index) => plan.stages[index] ?? [])) {
    for (const instruction of stage.instructions) {
      for (const dependency of dependenciesOf(instruction, stage, plan)) checkOrder(dependency, stage, plan)
    }
  }
  return sorted
}

function stageEdges(stage: PlannedStage, plan: Plan): readonly Edge[] {
  const edges: Edge[] = stage.instructions.flatMap((instruction) =>
    dependenciesOf(instruction, stage, plan).flatMap(({ origin, name, range }) =>
      origin.kind === 'stage' ? [{ to: origin.index, name, range }] : [],
    ),
  )
  return stage.base.kind === 'stage' ? [{ to: stage.base.index, name: stage.from.image, range: stage.from.range }, ...edges] : edges
}

/** Depth first: a stage met again while it is open needs itself. */
function checkCycles(edges: readonly (readonly Edge[])[]): void {
  const open = new Set<number>()
  const closed = new Set<number>()
  function visit(index: number): void {
    open.add(index)
    for (const { to, name, range } of edges[index] ?? []) {
      if (open.has(to)) throw circular(name, range)
      if (!closed.has(to)) visit(to)
    }
    open.delete(index)
    closed.add(index)
  }
  for (const index of edges.keys()) if (!closed.has(index)) visit(index)
}
