import type { Vertex } from '../../graph/vertex.ts'

/**
 * The vertices whose layers end up in the image of `target`: it, and what lies below it in the same
 * file system.
 */
export function finalSteps(target: Vertex): ReadonlySet<Vertex> {
  const steps = new Set([target])
  for (const { op, inputs } of steps) {
    const base = op.kind === 'run' || op.kind === 'copy' || op.kind === 'mkdir' ? inputs.slice(0, 1) : []
    for (const below of op.kind === 'merge' ? inputs : base) steps.add(below)
  }
  return steps
}
