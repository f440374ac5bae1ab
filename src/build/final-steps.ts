import type { Vertex } from '../graph/vertex.ts'

/** The vertices whose layers end up in the image of `target`: it, and what lies below it in the same file system. */
export function finalSteps(target: Vertex): ReadonlySet<Vertex> {
  const steps = new Set<Vertex>()
  const visit = (vertex: Vertex): void => {
    if (steps.has(vertex)) return
    steps.add(vertex)
    const [base] = vertex.inputs
    if (vertex.op.kind === 'merge') vertex.inputs.forEach(visit)
    else if (base && (vertex.op.kind === 'run' || vertex.op.kind === 'copy' || vertex.op.kind === 'mkdir')) visit(base)
  }
  visit(target)
  return steps
}
