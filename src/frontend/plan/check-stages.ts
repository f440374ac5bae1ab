import { checkOrder, circular, findDependencies, type StagePlan } from './dependencies.ts'
import type { Range } from '@tsbuild/dockerfile'
import type { PlannedStage } from './stages.ts'

interface Edge {
  readonly to: number
  readonly name: string
  readonly range: Range
}

/**
 * Throws for stages that need themselves and for bad names anywhere in the file, and for wrong
 * order in what `target` needs.
 */
export function checkStages(plan: StagePlan, target: number): void {
  const edges = plan.stages.map((stage) => stageEdges(stage, plan))
  checkCycles(edges)
  const needed = new Set([target])
  for (const index of needed) for (const { to } of edges[index] ?? []) needed.add(to)
  for (const stage of plan.stages.filter(({ index }) => needed.has(index))) {
    for (const instruction of stage.instructions) {
      for (const dependency of findDependencies(instruction, stage, plan)) checkOrder(dependency, stage)
    }
  }
}

/**
 * Stages whose files a stage copies or mounts. Its base is not among them: that is an earlier
 * stage, and a cycle through it is a wrong order.
 */
function stageEdges(stage: PlannedStage, plan: StagePlan): readonly Edge[] {
  return stage.instructions.flatMap((instruction) =>
    findDependencies(instruction, stage, plan).flatMap(({ origin, name, range }) =>
      origin.kind === 'stage' ? [{ to: origin.index, name, range }] : [],
    ),
  )
}

/**
 * Depth first: a stage met again while it is open needs itself. An explicit stack, since chains can
 * be long.
 */
function checkCycles(edges: readonly (readonly Edge[])[]): void {
  const open = new Set<number>()
  const closed = new Set<number>()
  for (const start of edges.keys()) {
    if (closed.has(start)) continue
    const stack = [{ index: start, next: 0 }]
    open.add(start)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = edges[top.index]?.[top.next++]
      if (edge === undefined) {
        open.delete(top.index)
        closed.add(top.index)
        stack.pop()
      } else if (!closed.has(edge.to)) {
        if (open.has(edge.to)) throw circular(edge.name, edge.range)
        open.add(edge.to)
        stack.push({ index: edge.to, next: 0 })
      }
    }
  }
}
