import { type FileSources, mainFiles } from '../sources/files.ts'
import type { GlobalScope } from '../plan/global-scope.ts'
import type { ScanTarget } from '../state/lowered.ts'
import type { StageEnd } from '../state/stage-state.ts'

/** ARGs that ask for the listing of a stage, and of the main context in the stage that is built. */
export const scanArgs = { context: 'BUILDKIT_SBOM_SCAN_CONTEXT', stage: 'BUILDKIT_SBOM_SCAN_STAGE' } as const

/** A lowered file, as far as it says what a bill of materials is wanted of. */
export interface ScanRequest extends Pick<FileSources, 'plan' | 'sources'> {
  readonly globals: GlobalScope
  readonly target: number
  readonly states: ReadonlyMap<number, StageEnd>
}

/**
 * Stages and contexts that the Dockerfile wants listed besides the result. Unneeded stages are left
 * out. The whole context is read.
 */
export function scanTargets(request: ScanRequest): readonly ScanTarget[] {
  const { plan, target, states } = request
  const targets = new Map<string, ScanTarget>()
  const state = states.get(target)
  if (state !== undefined && isSwitchedOn(scanArgs.context, { state, stage: target, request })) {
    targets.set('context', { name: 'context', kind: 'source', rootfs: mainFiles('all', request) })
  }
  for (const [index, other] of states) {
    const name = plan.stages[index]?.title ?? ''
    if (index === target || !isSwitchedOn(scanArgs.stage, { state: other, stage: index, request })) continue
    targets.set(name, { name, kind: 'installed', rootfs: other.rootfs })
  }
  return [...targets.values()]
}

/**
 * The last ARG of the stage counts, else the global one: a Boolean, or the names of the stages it
 * is on for.
 */
function isSwitchedOn(
  arg: string,
  { state, stage, request }: { readonly state: StageEnd; readonly stage: number; readonly request: ScanRequest },
): boolean {
  const declared = state.args.backwards().find(({ name, value }) => name === arg && value !== undefined)
  const value = declared?.value ?? request.globals.get(arg)
  if (value === undefined || /^(0|f|false)$/i.test(value)) return false
  return /^(1|t|true)$/i.test(value) || value.split(',').includes(request.plan.stages[stage]?.title ?? '')
}
