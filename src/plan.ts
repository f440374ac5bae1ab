import { formatPlatform } from '@tsbuild/oci'
import type { LoweredTarget } from './frontend/state/lowered.ts'
import type { BuildRequest } from './build-request.ts'
import type { BuildOptions } from './options.ts'
import type { Plan, PlanStep } from './build-result.ts'
import { keyOf } from './solve/key.ts'
import { type PlannedVertex, Planner } from './solve/planner.ts'
import { explainChange } from './solve/step-change.ts'
import { cacheFilter } from './session/steps/cache-filter.ts'
import { forCaller } from './session/for-caller.ts'
import { openSession, type Session } from './session/session.ts'
import { buildWarnings, recordWarnings } from './session/warnings.ts'
import { withSource } from './session/with-source.ts'

/**
 * Tells what `build` would do with the same options: every step in order, whether its result is in
 * the cache, and why not. Reads contexts and image documents, runs nothing and writes no result.
 */
export async function plan(options: BuildOptions): Promise<Plan> {
  return forCaller(options, planGuarded)
}

async function planGuarded(request: BuildRequest): Promise<Plan> {
  const { report, warnings } = recordWarnings(request.report)
  await using session = await openSession({ ...request, report })
  const planned = await withSource(session.contexts.dockerfile, () => planTargets(session, request))
  return {
    id: keyOf(
      'plan',
      planned.map(({ keys }) => keys),
    ),
    steps: planned.flatMap(({ steps }) => steps),
    warnings: [...buildWarnings(session.dockerfile, session.targets, request), ...warnings],
  }
}

interface PlannedTarget {
  readonly steps: readonly PlanStep[]
  readonly keys: readonly string[]
}

/** Plans again without a cache that fails when files of its layers are needed. */
async function planTargets(session: Session, request: BuildRequest): Promise<readonly PlannedTarget[]> {
  for (;;) {
    try {
      return await Promise.all(session.targets.map((target) => planTarget(target, session, request)))
    } catch (error) {
      if (!(await session.forsake(error))) throw error
    }
  }
}

async function planTarget(
  { rootfs, platform }: LoweredTarget,
  { executors, cache, memory, signal, report }: Session,
  { noCache }: BuildRequest,
): Promise<PlannedTarget> {
  const ignoreCache = cacheFilter(noCache)
  const contextOf = () => ({ vertex: 'plan', signal, report, compression: { type: 'none' } as const })
  const vertices = await new Planner({ executors, cache, memory, ignoreCache, contextOf }).plan(rootfs)
  const steps = vertices.map((planned): PlanStep => {
    const reason = formatReason(planned, ignoreCache(planned.vertex))
    const { vertex, key, state, cache } = planned
    return {
      name: vertex.name,
      platform: formatPlatform(platform),
      state,
      key,
      ...(cache !== undefined && { cache }),
      ...(vertex.range && { line: vertex.range.start.line }),
      ...(reason !== undefined && { reason }),
    }
  })
  return { steps, keys: vertices.map(({ key }) => key) }
}

function formatReason({ vertex, state, waitsFor, change }: PlannedVertex, ignored: boolean): string | undefined {
  if (state === 'hit') return undefined
  if (ignored) return 'caching is disabled for it'
  if (state === 'unknown') return `needs the result of ${waitsFor.map(({ name }) => name).join(' and ')}`
  return explainChange(vertex, change ?? { kind: 'unknown' })
}
