import { invalidBaseImagePlatform } from '@tsbuild/dockerfile'
import { formatPlatform, type Platform } from '@tsbuild/oci'
import type { ResolvedImage } from '../plan/base-image.ts'
import { inheritedConfig, scratchConfig } from '../state/config.ts'
import { circular, type StagePlan } from '../plan/dependencies.ts'
import { contextFiles, type FileSources, imageFiles, mainFiles, originFiles, resolvedImage } from '../sources/files.ts'
import type { GlobalScope, Warn } from '../plan/global-scope.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { isStep, lowerInstruction } from './instructions.ts'
import { LowerError } from '../plan/lower-error.ts'
import { imageKey, type Resolution } from '../plan/resolve-images.ts'
import { emptyTree, type SourceVertices } from '../sources/sources.ts'
import type { PlannedStage } from '../plan/stages.ts'
import { stageOrder } from '../plan/stage-order.ts'
import { continuedState, initialState, type StageEnd, type StageState } from '../state/stage-state.ts'
import { type StepContext, stepPrefix } from '../state/step-context.ts'

/** State shared by all stages. */
export interface LoweringContext {
  readonly plan: StagePlan
  readonly globals: GlobalScope
  readonly resolution: Resolution
  readonly sources: SourceVertices
  readonly warn: Warn
  readonly onStage?: (index: number) => void
}

/** All stages that were resolved, by index, and the state that the target ends in. */
export interface LoweredStages {
  readonly states: ReadonlyMap<number, StageEnd>
  readonly end: StageState
}

/**
 * Lowers all stages that were resolved, each after those it is made from. Nothing outside is
 * touched.
 */
export function lowerStages(shared: LoweringContext, target: number): LoweredStages {
  const { plan, resolution } = shared
  const states = new Map<number, StageEnd>()
  // Config and environment of a stage can be large: they are kept until the last stage that
  // continues it has begun.
  const continued = new Map<number, StageState>()
  const roots = new Map<number, PlannedStage>()
  const continuing = countContinuing(plan, resolution)

  const stateOf = (index: number): StageState => {
    const state = continued.get(index)
    // Only triggers can get here: cycles in the file were found before.
    if (state === undefined) throw cycleThrough(index, plan)
    const left = (continuing.get(index) ?? 0) - 1
    continuing.set(index, left)
    if (left === 0 && index !== target) continued.delete(index)
    return state
  }
  const rootfsOf = (index: number): Vertex => {
    const state = states.get(index)
    if (state === undefined) throw cycleThrough(index, plan)
    return state.rootfs
  }
  for (const index of stageOrder(plan, resolution)) {
    const stage = plan.stages[index]
    if (stage === undefined) throw new RangeError(`there is no stage ${index}`)
    shared.onStage?.(index)
    const state = lowerStage(stage, { ...shared, stateOf, rootfsOf, roots })
    states.set(index, { rootfs: state.rootfs, args: state.args })
    if (index === target || continuing.has(index)) continued.set(index, state)
  }
  const end = continued.get(target)
  if (end === undefined) throw new Error(`stage ${target} was not lowered`)
  return { states, end }
}

function cycleThrough(index: number, { stages }: StagePlan): Error {
  const stage = stages[index]
  return stage === undefined ? new RangeError(`there is no stage ${index}`) : circular(stage.id, stage.from.range)
}

/** Number of stages that continue each stage. */
function countContinuing({ stages }: StagePlan, { triggers }: Resolution): Map<number, number> {
  const counts = new Map<number, number>()
  for (const index of triggers.keys()) {
    const base = stages[index]?.base
    if (base?.kind === 'stage') counts.set(base.index, (counts.get(base.index) ?? 0) + 1)
  }
  return counts
}

interface StageLowering extends LoweringContext, FileSources {
  /** The state a stage ended in; once for each stage that continues it. */
  stateOf(index: number): StageState
  /** For each stage so far the first one of the chain that it continues. */
  readonly roots: Map<number, PlannedStage>
}

function lowerStage(stage: PlannedStage, lowering: StageLowering): StageState {
  const triggers = lowering.resolution.triggers.get(stage.index) ?? []
  const fromCounts = stage.base.kind === 'image' || stage.base.kind === 'context' ? 1 : 0
  const total = fromCounts + [...triggers, ...stage.instructions].filter(isStep).length
  const context: StepContext = {
    ...lowering,
    warn: stageWarn(stage, lowering),
    stage,
    total,
    trigger: false,
    main: (reads) => mainFiles(reads, lowering),
    files: (origin, reads) => originFiles(origin, reads, lowering),
  }
  let state = baseState(stage, total, lowering)
  for (const trigger of triggers) state = lowerInstruction(state, trigger, { ...context, trigger: true })
  for (const instruction of stage.instructions) state = lowerInstruction(state, instruction, context)
  return state
}

/** The state after FROM. */
function baseState(stage: PlannedStage, total: number, lowering: StageLowering): StageState {
  const { base, platform } = stage
  switch (base.kind) {
    case 'stage':
      return continuedState(lowering.stateOf(base.index))
    case 'scratch':
      return initialState(lowering.sources.share(emptyTree, 'scratch'), scratchConfig(lowering.plan.options.platform), {
        platform,
        history: [],
        step: 0,
      })
    case 'context':
      return initialState(contextFiles(base, 'all', lowering), scratchConfig(platform), {
        platform,
        history: [],
        step: 1,
      })
    case 'image': {
      const image = resolvedImage(base, platform, lowering)
      const rootfs = imageFiles(image, `[${stepPrefix(stage, 1, total)}] `, lowering)
      const history = image.config.history ?? []
      checkConfig(image, stage)
      return initialState(rootfs, inheritedConfig(image.config), {
        platform: stagePlatform(stage, image, lowering),
        history,
        step: 1,
      })
    }
  }
}

/** Refuses a NUL byte in what a config says about processes: none could be started as it says. */
function checkConfig({ config: { config = {} } }: ResolvedImage, { from, image: name }: PlannedStage): void {
  const { Env = [], Shell = [], User = '', WorkingDir = '' } = config
  const broken = Object.entries({ Env, Shell, User, WorkingDir }).find(([, value]) =>
    [value].flat().some((text) => text?.includes('\0')),
  )
  if (broken === undefined) return
  throw new LowerError('CONFIG_INVALID', `the config of image "${name}" has a NUL byte in ${broken[0]}`, {
    range: from.range,
    word: name,
    hint: 'the image is broken: build it again, or use another',
  })
}

/** Undefined variables are not reported where an unknown base image may set them. */
function stageWarn(stage: PlannedStage, { roots, resolution, warn }: StageLowering): Warn {
  const root = (stage.base.kind === 'stage' ? roots.get(stage.base.index) : undefined) ?? stage
  roots.set(stage.index, root)
  const image = root.base.kind === 'image' ? resolution.images.get(imageKey(root.base, root.platform)) : undefined
  return image?.assumed ? (warning) => void (warning.rule !== 'UndefinedVar' && warn(warning)) : warn
}

/**
 * Platform of a stage on an image: the requested one, or that of the image when none was requested.
 */
function stagePlatform(
  { from, image: name, platform }: PlannedStage,
  image: ResolvedImage,
  { plan, warn }: StageLowering,
): Platform {
  const { os, architecture } = image.platform
  if (os === platform.os && architecture === platform.architecture) return platform
  const platforms = { expected: formatPlatform(platform), actual: formatPlatform(image.platform) }
  warn(invalidBaseImagePlatform({ image: name, ...platforms }, from.range))
  return plan.options.platformRequested || from.platform !== undefined ? platform : image.platform
}
