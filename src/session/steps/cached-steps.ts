import type { CachedStep } from '../../cache/model/record-table.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { walk } from '../../graph/walk.ts'
import type { SolvedTarget } from '../../image/target.ts'
import type { Layer } from '../../layer/layer.ts'
import type { Reporter } from '../../progress/event.ts'
import type { CacheStore } from '../../solve/cache-store.ts'
import type { OpExecutors } from '../../solve/executor.ts'
import type { Solver } from '../../solve/solver.ts'
import { findExecutor } from '../../solve/vertex-keys.ts'
import { finalSteps } from './final-steps.ts'

/** Results of the steps of a build. */
interface StepResults {
  readonly session: { readonly cache: CacheStore; readonly executors: OpExecutors }
  readonly solver: Solver
}

/**
 * Steps of the targets whose results are known, also those that a hit spared the build from
 * visiting. With `min` only steps whose layers are in an image.
 */
export async function cachedSteps(
  solved: readonly SolvedTarget[],
  mode: 'min' | 'max',
  { session: { cache, executors }, solver }: StepResults,
): Promise<readonly CachedStep[]> {
  const vertices = new Set<Vertex>()
  for (const { rootfs } of solved.map(({ lowered }) => lowered)) {
    if (mode === 'min') for (const vertex of finalSteps(rootfs)) vertices.add(vertex)
    else walk(rootfs, (vertex) => vertices.add(vertex))
  }
  const steps = [...vertices].filter(({ op }) => findExecutor(executors, op).uncached !== true)
  const known = await Promise.all(
    steps.map(async (vertex) => {
      const key = await solver.definitionKey(vertex)
      const hit = await cache.get(key)
      return hit === undefined ? [] : [[key, { ...hit, key }] as const]
    }),
  )
  // Equal steps of several platforms are one.
  return [...new Map(known.flat()).values()]
}

/** The receiver of steps, and what keeps secrets from it. */
interface CleanStepsParts {
  readonly guard: { isClean(layer: Layer): Promise<boolean> }
  readonly report: Reporter
  /** Name of the cache. */
  readonly to: string
}

/** Steps that a cache may have: none whose layers hold a secret of this build. */
export async function cleanSteps(
  steps: readonly CachedStep[],
  { guard, report, to }: CleanStepsParts,
): Promise<readonly CachedStep[]> {
  const clean: CachedStep[] = []
  for (const step of steps) {
    const layers = await Promise.all(step.snapshot.map((layer) => guard.isClean(layer)))
    if (!layers.includes(false)) clean.push(step)
  }
  const left = steps.length - clean.length
  if (left === 0) return clean
  const which =
    left === 1
      ? 'a step whose layers hold a secret of the build is'
      : `${left} steps whose layers hold a secret of the build are`
  await report({ type: 'warning', code: 'SecretNotCached', message: `${which} left out of a cache: ${to}` })
  return clean
}
