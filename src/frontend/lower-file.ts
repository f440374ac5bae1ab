import type { Dockerfile } from '@tsbuild/dockerfile'
import type { BaseImageResolver } from './plan/base-image.ts'
import { checkHistory, LayerCounter } from './check-limits.ts'
import { checkStages } from './plan/check-stages.ts'
import type { StagePlan } from './plan/dependencies.ts'
import { withEpoch } from './epoch.ts'
import { evaluateGlobals, type GlobalScope, type Warn } from './plan/global-scope.ts'
import type { LowerOptions } from './plan/lower-options.ts'
import { lowerStages } from './lower/lower-stages.ts'
import type { ScanTarget } from './state/lowered.ts'
import { resolveImages } from './plan/resolve-images.ts'
import { scanTargets } from './lower/scan-targets.ts'
import { createSources } from './sources/sources.ts'
import type { StageEnd, StageState } from './state/stage-state.ts'
import { baseVertex } from './squash-layers.ts'
import { planStages, targetStage } from './plan/stages.ts'

/** Input of lowering a Dockerfile. */
export interface FileLowering {
  readonly dockerfile: Dockerfile
  readonly options: LowerOptions
  readonly resolver: BaseImageResolver
  /** Every stage of the file, needed or not. */
  readonly allStages: boolean
  readonly warn: Warn
  /** Called for every stage before its instructions are lowered. */
  readonly onStage?: (index: number) => void
}

/** A Dockerfile with everything in it understood. */
export interface LoweredFile {
  readonly plan: StagePlan
  readonly globals: GlobalScope
  /** Index of the target stage. */
  readonly target: number
  /** By index: the stages that were needed, or all. */
  readonly states: ReadonlyMap<number, StageEnd>
  /** The state that the target ends in. */
  readonly end: StageState
  /** Number of layers of the target. */
  readonly layers: number
  /** Number of those that came with its base image. */
  readonly baseLayers: number
  /** Empty unless `options.scan`. */
  readonly scanTargets: readonly ScanTarget[]
}

/**
 * Lowers the target stage and its inputs, or all stages. Throws `DockerfileError` and `LowerError`
 * with ranges.
 */
export async function lowerFile({
  dockerfile,
  options,
  resolver,
  allStages,
  warn,
  onStage,
}: FileLowering): Promise<LoweredFile> {
  const globals = withEpoch(evaluateGlobals(dockerfile, options), options.epoch)
  const plan: StagePlan = { dockerfile, options, stages: planStages(dockerfile, { globals, options, warn }) }
  const target = targetStage(dockerfile, options.target)
  checkStages(plan, target)
  const resolution = await resolveImages(
    plan,
    allStages ? dockerfile.stages.map(({ index }) => index) : [target],
    resolver,
  )
  checkHistory(plan, resolution)
  const sources = createSources()
  const { states, end } = lowerStages({ plan, globals, resolution, sources, warn, ...(onStage && { onStage }) }, target)
  const scanned = options.scan ? scanTargets({ plan, globals, target, states, sources }) : []
  sources.seal()
  const counter = new LayerCounter(resolution)
  for (const { rootfs } of states.values()) counter.count(rootfs)
  const layers = counter.count(end.rootfs)
  const base = baseVertex(end.rootfs)
  const baseLayers = base.op.kind === 'image' ? counter.count(base) : 0
  return { plan, globals, target, states, end, layers, baseLayers, scanTargets: scanned }
}
