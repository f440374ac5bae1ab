import { findDependencies, type StagePlan } from './dependencies.ts'
import type { Resolution } from './resolve-images.ts'

/**
 * Indexes of the resolved stages, each behind those it is made from, and else in file order, so
 * that a shared vertex is always named after the same stage. Stages of a cycle, which only triggers
 * can close, come in the order they are met.
 */
export function stageOrder(plan: StagePlan, { triggers }: Resolution): readonly number[] {
  const met = new Set<number>()
  const order: number[] = []
  for (const start of [...triggers.keys()].sort((a, b) => a - b)) {
    if (met.has(start)) continue
    met.add(start)
    // An explicit stack: chains may be longer than the call stack is deep.
    const stack = [{ index: start, rest: listSources(start, plan, triggers) }]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.pop()
      if (next === undefined) {
        order.push(top.index)
        stack.pop()
      } else if (!met.has(next)) {
        met.add(next)
        stack.push({ index: next, rest: listSources(next, plan, triggers) })
      }
    }
  }
  return order
}

/** Indexes of the stages that a stage is made from, the first at the end. */
function listSources(index: number, plan: StagePlan, triggers: Resolution['triggers']): number[] {
  const stage = plan.stages[index]
  if (stage === undefined) return []
  const instructions = [...(triggers.get(index) ?? []), ...stage.instructions]
  const origins = instructions.flatMap((instruction) =>
    findDependencies(instruction, stage, plan).map(({ origin }) => origin),
  )
  return [stage.base, ...origins].flatMap((origin) => (origin.kind === 'stage' ? [origin.index] : [])).reverse()
}
