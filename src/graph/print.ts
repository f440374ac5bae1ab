import type { Op } from './op.ts'
import type { Vertex } from './vertex.ts'
import { walk } from './walk.ts'
import { withoutPassword } from './without-password.ts'

/** A vertex as data: `inputs` are ids of vertices before it. */
export interface PrintedVertex {
  readonly id: number
  readonly name: string
  readonly stage?: string
  /** First line in the Dockerfile. */
  readonly line?: number
  readonly inputs: readonly number[]
  readonly op: Op
}

/** The graph as plain data, inputs first; the last vertex is `root`. Equal graphs print equally. */
export function graphToJson(root: Vertex): readonly PrintedVertex[] {
  const ids = new Map<Vertex, number>()
  const printed: PrintedVertex[] = []
  walk(root, (vertex) => {
    const id = ids.size
    ids.set(vertex, id)
    printed.push({
      id,
      name: vertex.name,
      ...(vertex.stage !== undefined && { stage: vertex.stage }),
      ...(vertex.range && { line: vertex.range.start.line }),
      inputs: vertex.inputs.flatMap((input) => ids.get(input) ?? []),
      op: shown(vertex.op),
    })
  })
  return printed
}

/**
 * The graph in Graphviz' dot language: boxes are steps, ellipses are what comes from outside;
 * arrows point the way content flows.
 */
export function graphToDot(root: Vertex): string {
  const vertices = graphToJson(root)
  const nodes = vertices.map(
    ({ id, name, op }) => `  v${id} [shape=${isSource(op) ? 'ellipse' : 'box'}, label=${quote(name)}]`,
  )
  const edges = vertices.flatMap(({ id, inputs, op }) =>
    inputs.map((input, index) => `  v${input} -> v${id}${index > 0 && op.kind !== 'merge' ? ' [style=dashed]' : ''}`),
  )
  return ['digraph build {', '  rankdir=LR', ...nodes, ...edges, '}', ''].join('\n')
}

/** An op without what is secret in addresses. */
function shown(op: Op): Op {
  return op.kind === 'git' || op.kind === 'http' ? { ...op, url: withoutPassword(op.url) } : op
}

function isSource(op: Op): boolean {
  return op.kind === 'image' || op.kind === 'local' || op.kind === 'git' || op.kind === 'http' || op.kind === 'inline'
}

/** A dot string on one line, shortened: heredocs can be long. */
function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  const short = line.length > 100 ? `${line.slice(0, 99)}…` : line
  return `"${short.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
