import { invalidBaseImagePlatform } from '@tsbuild/dockerfile'
import { formatPlatform, type Platform } from '@tsbuild/oci'
import type { ResolvedImage } from './base-image.ts'
import { inheritedConfig, scratchConfig } from './config.ts'
import { circular, type Plan } from './dependencies.ts'
import { contextFiles, type FileSources, imageFiles, mainFiles, originFiles, resolvedImage } from './files.ts'
import type { GlobalScope, Warn } from './global-scope.ts'
import { isStep, lowerInstruction } from './instructions.ts'
import { imageKey, type Resolution } from './resolve-images.ts'
import { emptyTree, type SourceVertices } from './sources.ts'
import type { PlannedStage } from './stages.ts'
import { continuedState, initialState, type StageState } from './stage-state.ts'
import { type StepContext, stepPrefix } from './step-context.ts'

/** What all stages share. */
export interface LoweringContext {
  readonly plan: Plan
  readonly globals: GlobalScope
  readonly resolution: Resolution
  readonly sources: SourceVertices
  readonly warn: Warn
  readonly onStage?: (index: number) => void
}

/** The end states of all stages that were resolved, by index. Nothing outside is touched. */
export function lowerStages(shared: LoweringContext): ReadonlyMap<number, StageState> {
  const done = new Map<number, StageState>()
  const open = new Set<number>()

  function stateOf(index: number): StageState {
    const known = done.get(index)
    if (known) return known
    const stage = shared.plan.stages[index]
    if (stage === undefined) throw new RangeError(`There is no stage ${index}`)
    // Only triggers can get here: cycles in the file were found before.
    if (open.has(index)) throw circular(stage.id, stage.from.range)
    open.add(index)
    shared.onStage?.(index)
    const state = lowerStage(stage, { ...shared, stateOf, rootfsOf: (other) => stateOf(other).rootfs })
    open.delete(index)
    done.set(index, state)
    return state
  }

  // In file order, so that a shared vertex is always named after the same stage.
  for (const index of [...shared.resolution.triggers.keys()].sort((a, b) => a - b)) stateOf(index)
  return done
}

interface StageLowering extends LoweringContext, FileSources {
  stateOf(index: number): StageState
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
      return initialState(contextFiles(base, 'all', lowering), scratchConfig(platform), { platform, history: [], step: 1 })
    case 'image': {
      const image = resolvedImage(base, platform, lowering)
      const rootfs = imageFiles(image, `[${stepPrefix(stage, 1, total)}] `, lowering)
      const history = image.config.history ?? []
      return initialState(rootfs, inheritedConfig(image.config), { platform: stagePlatform(stage, image, lowering), history, step: 1 })
    }
  }
}

/** Nothing is said of variables where the base image may set them and could not be asked. */
function stageWarn(stage: PlannedStage, { plan, resolution, warn }: StageLowering): Warn {
  let root = stage
  for (let base = root.base; base.kind === 'stage'; base = root.base) root = plan.stages[base.index] ?? root
  const image = root.base.kind === 'image' ? resolution.images.get(imageKey(root.base, root.platform)) : undefined
  return image?.assumed ? (warning) => void (warning.rule !== 'UndefinedVar' && warn(warning)) : warn
}

/** The platform of a stage on an image: what was asked for, unless nobody asked and the image is for another one. */
function stagePlatform({ from, image: name, platform }: PlannedStage, image: ResolvedImage, { plan, warn }: StageLowering): Platform {
  const { os, architecture } = image.platform
  if (os === platform.os && architecture === platform.architecture) return platform
  const platforms = { expected: formatPlatform(platform), actual: formatPlatform(image.platform) }
  warn(invalidBaseImagePlatform({ image: name, ...platforms }, from.range))
  return plan.options.platformRequested || from.platform !== undefined ? platform : image.platform
}
