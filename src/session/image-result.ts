import { formatPlatform, formatReference, parseReference, withDefaultTag } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import type { AssembledImage } from '../image/assemble.ts'
import type { AssembledPlatform } from '../image/target.ts'
import type { BuildResult, BuiltLayer, BuiltPlatform } from '../build-result.ts'
import type { Solver } from '../solve/solver.ts'

/** The part of a result that describes an image: its documents, and the layers of each platform. */
export async function imageResult(
  { root, platforms }: AssembledImage,
  { names, solver }: { readonly names: readonly string[]; readonly solver: Pick<Solver, 'outcome'> },
): Promise<Partial<BuildResult> & Pick<BuildResult, 'canonicalNames' | 'platforms'>> {
  const { digest, mediaType, size, annotations, platform } = root
  const [only] = platforms
  return {
    digest,
    mediaType,
    size,
    ...(annotations && { annotations }),
    ...(platform && { platform }),
    ...(platforms.length === 1 && only && { configDigest: only.config.digest }),
    canonicalNames: names.map((name) => formatReference({ ...withDefaultTag(parseReference(name)), digest })),
    platforms: await Promise.all(platforms.map((one) => builtPlatform(one, solver))),
  }
}

async function builtPlatform(
  { target, platform, manifest, config, layers, diffIds }: AssembledPlatform,
  solver: Pick<Solver, 'outcome'>,
): Promise<BuiltPlatform> {
  const steps = layerSteps(target.lowered.rootfs)
  const { history, baseHistory } = target.lowered
  const added = history.slice(baseHistory).filter((entry) => entry.empty_layer !== true).length
  const first = layers.length - added
  const built = await Promise.all(
    layers.map(async ({ mediaType, digest, size }, index): Promise<BuiltLayer> => {
      const step = added === steps.length && index >= first ? steps[index - first] : undefined
      const diffId = diffIds[index] ?? digest
      return { mediaType, digest, diffId, size, ...(step && { step: await describeStep(step, solver) }) }
    }),
  )
  return {
    platform: formatPlatform(platform),
    digest: manifest.digest,
    size: manifest.size,
    configDigest: config.digest,
    layers: built,
  }
}

async function describeStep(step: Vertex, solver: Pick<Solver, 'outcome'>): Promise<NonNullable<BuiltLayer['step']>> {
  const { name, range } = step
  return { name, ...(range && { line: range.start.line }), ...(await solver.outcome(step)) }
}

/** The steps that made the layers of a file system, the lowest first; a base image has none. */
function layerSteps(target: Vertex): readonly Vertex[] {
  const steps: Vertex[] = []
  const below = [target]
  for (let vertex = below.pop(); vertex !== undefined; vertex = below.pop()) {
    const { op, inputs } = vertex
    if (op.kind === 'merge') below.push(...inputs)
    if (op.kind !== 'run' && op.kind !== 'copy' && op.kind !== 'mkdir' && op.kind !== 'squash') continue
    steps.push(vertex)
    if (op.kind === 'squash') continue
    below.push(...inputs.slice(0, 1))
  }
  return steps.reverse()
}
