import type { BuildDetails, BuildStep } from '@tsbuild/attest'
import type { Descriptor } from '@tsbuild/oci'
import type { Vertex } from '../../graph/vertex.ts'
import { walk } from '../../graph/walk.ts'
import type { Solver } from '../../solve/solver.ts'
import { describeOp } from './describe-op.ts'

/** Input of the details of a build. */
export interface DetailParts {
  readonly solver: Pick<Solver, 'definitionKey'>
  readonly dockerfile: { readonly filename: string; readonly text: string }
  /** Of the image, oldest first. */
  readonly layers?: readonly Descriptor[]
}

/**
 * The steps of a target in their order, where each comes from, and the layers of the image each one
 * ends with.
 */
export async function buildDetails(rootfs: Vertex, { solver, dockerfile, layers }: DetailParts): Promise<BuildDetails> {
  const vertices: Vertex[] = []
  walk(rootfs, (vertex) => {
    if (!isScratch(vertex)) vertices.push(vertex)
  })
  const ids = new Map(vertices.map((vertex, index) => [vertex, `step${index}`]))
  const steps = vertices.map((vertex): BuildStep => {
    const inputs = [...new Set(vertex.inputs)].filter((input) => !isScratch(input))
    const position = (index: number): number => inputs.indexOf(vertex.inputs[index] ?? vertex)
    return {
      id: ids.get(vertex) ?? '',
      op: describeOp(vertex, position),
      inputs: inputs.map((input) => `${ids.get(input)}:0`),
    }
  })
  const digests = await Promise.all(
    vertices.map(async (vertex) => [await solver.definitionKey(vertex), ids.get(vertex) ?? ''] as const),
  )
  const lines = [...ids].flatMap(([{ range }, id]) =>
    range ? [[id, [range.start.line, range.end.line]] as const] : [],
  )
  return {
    // The last one says what the result is.
    steps: [
      ...steps,
      { id: `step${steps.length}`, op: { Op: {} }, inputs: steps.slice(-1).map(({ id }) => `${id}:0`) },
    ],
    digests: Object.fromEntries(digests),
    source: { ...dockerfile, lines: Object.fromEntries(lines) },
    ...(layers && { layers: describeLayers(rootfs, ids, layers) }),
  }
}

/** Nothing at all is no step. */
function isScratch({ op }: Vertex): boolean {
  return op.kind === 'inline' && op.files.length === 0
}

/**
 * Follows the file system of the image down from its last step, as far as each step is known to
 * have made one layer.
 */
function describeLayers(
  rootfs: Vertex,
  ids: ReadonlyMap<Vertex, string>,
  layers: readonly Descriptor[],
): Readonly<Record<string, readonly Descriptor[]>> {
  const found: Record<string, readonly Descriptor[]> = {}
  let end = layers.length
  for (let at: Vertex | undefined = rootfs; at !== undefined && end > 0; [at] = at.inputs) {
    const id = ids.get(at)
    if (id !== undefined) found[id] = layers.slice(0, end)
    const made = layersMade(at)
    if (made === undefined) break
    end -= made
  }
  return found
}

/** Number of layers that a step adds to those of its first input; undefined without an input. */
function layersMade({ op, inputs }: Vertex): number | undefined {
  if (op.kind === 'run' || op.kind === 'copy' || op.kind === 'mkdir') return 1
  return op.kind === 'merge' ? inputs.length - 1 : undefined
}
