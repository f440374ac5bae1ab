import { type Demand, type Dependency, imagePackageUrl, type ProvenanceFacts } from '@tsbuild/attest'
import { algorithmOf, formatReference, hexOf, parseReference } from '@tsbuild/oci'
import type { GitOp, HttpOp, ImageOp, RunOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { walk } from '../../graph/walk.ts'
import type { Solver } from '../../solve/solver.ts'
import { maskCredentials } from './mask-credentials.ts'

/** Sources in the steps of a target. */
export interface GraphFacts extends Pick<ProvenanceFacts, 'dependencies' | 'networkAccess'> {
  readonly secrets: readonly Demand[]
  readonly ssh: readonly Demand[]
}

/** Facts of the graph that ends in `rootfs`. */
export async function graphFacts(rootfs: Vertex, solver: Pick<Solver, 'pin'>): Promise<GraphFacts> {
  const vertices: Vertex[] = []
  walk(rootfs, (vertex) => vertices.push(vertex))
  const runs = vertices.map(({ op }) => op).filter((op) => op.kind === 'run')
  return {
    dependencies: await findDependencies(vertices, solver),
    networkAccess: runs.some(({ network }) => network !== 'none'),
    secrets: demands(runs, 'secret'),
    ssh: demands(runs, 'ssh'),
  }
}

/** Images, then repositories, then downloads, each sorted, nothing twice. */
async function findDependencies(
  vertices: readonly Vertex[],
  solver: Pick<Solver, 'pin'>,
): Promise<readonly Dependency[]> {
  const images: Dependency[] = []
  const repositories: Dependency[] = []
  const downloads: Dependency[] = []
  for (const { op } of vertices) {
    if (op.kind === 'image') images.push(imageDependency(op))
    if (op.kind === 'git') repositories.push(await remoteDependency(op, solver))
    if (op.kind === 'http') downloads.push(await remoteDependency(op, solver))
  }
  const all = [images, repositories, downloads].flatMap((list) => list.sort((a, b) => (a.uri < b.uri ? -1 : 1)))
  return [...new Map(all.map((dependency) => [dependency.uri, dependency])).values()]
}

function imageDependency(op: ImageOp): Dependency {
  const { reference, digest } = op.found ?? op
  if (op.layout === undefined)
    return { uri: imagePackageUrl('docker', reference, op.platform), digest: { [algorithmOf(digest)]: hexOf(digest) } }
  const name = formatReference({ ...parseReference(layoutName(op)), digest })
  return { uri: imagePackageUrl('oci', name, op.platform), digest: { [algorithmOf(digest)]: hexOf(digest) } }
}

/**
 * Name of a layout on disk: its named context, without the platform that the context is for. The
 * directory stays private.
 */
export function layoutName({ context = '' }: ImageOp): string {
  const name = context.replace(/::.*$/, '')
  return isReference(name) ? name : 'layout'
}

function isReference(text: string): boolean {
  try {
    parseReference(text)
    return true
  } catch {
    return false
  }
}

/** A repository or a download with what it turned out to be. */
export async function remoteDependency(op: GitOp | HttpOp, solver: Pick<Solver, 'pin'>): Promise<Dependency> {
  const pin = (await solver.pin({ op, inputs: [], name: 'source' })) ?? ''
  return op.kind === 'git' ? gitDependency(op, pin) : httpDependency(op, pin)
}

/** A repository with the commit that was checked out. */
function gitDependency(op: GitOp, commit: string): Dependency {
  return { uri: gitUri(op), digest: { [commit.length === 64 ? 'sha256' : 'sha1']: commit } }
}

/** `url#ref:subdir` without credentials. */
export function gitUri({ url, ref = '', subdir }: GitOp): string {
  const fragment = `${ref}${subdir === undefined ? '' : `:${subdir}`}`
  return maskCredentials(fragment === '' ? url : `${url}#${fragment}`)
}

function httpDependency({ url }: HttpOp, digest: string): Dependency {
  return { uri: maskCredentials(url), digest: { sha256: digest.replace('sha256:', '') } }
}

/** Requested ids, sorted; optional where no request is required. */
function demands(runs: readonly RunOp[], type: 'secret' | 'ssh'): readonly Demand[] {
  const optional = new Map<string, boolean>()
  for (const mount of runs.flatMap(({ mounts }) => mounts)) {
    if (mount.type === type) optional.set(mount.id, (optional.get(mount.id) ?? true) && !mount.required)
  }
  return [...optional].map(([id, isOptional]) => ({ id, optional: isOptional })).sort((a, b) => (a.id < b.id ? -1 : 1))
}
