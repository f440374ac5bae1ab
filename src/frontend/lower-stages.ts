import { invalidBaseImagePlatform } from '@tsbuild/dockerfile'
import { formatPlatform } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import type { ResolvedImage } from './base-image.ts'
import { inheritedConfig, scratchConfig } from './config.ts'
import { circular, type Plan } from './dependencies.ts'
import { parseGitAddress } from './git-url.ts'
import { type GlobalScope, own, type Warn } from './global-scope.ts'
import { fileNameOf } from './http-url.ts'
import { isStep, lowerInstruction } from './instructions.ts'
import type { MainContext } from './lower-options.ts'
import type { ContextOrigin, Origin } from './origin.ts'
import { imageKey, type Resolution } from './resolve-images.ts'
import { emptyTree, type SourceVertices } from './sources.ts'
import type { PlannedStage } from './stages.ts'
import { continuedState, initialState, type StageState } from './stage-state.ts'
import { type Reads, type StepContext, stepPrefix } from './step-context.ts'

/** What all stages share. */
export interface LoweringContext {
  readonly plan: Plan
  readonly globals: GlobalScope
  readonly resolution: Resolution
  readonly sources: SourceVertices
  readonly warn: Warn
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
    const state = lowerStage(stage, { ...shared, stateOf })
    open.delete(index)
    done.set(index, state)
    return state
  }

  // In file order, so that a shared vertex is always named after the same stage.
  for (const index of [...shared.resolution.triggers.keys()].sort((a, b) => a - b)) stateOf(index)
  return done
}

interface StageLowering extends LoweringContext {
  stateOf(index: number): StageState
}

function lowerStage(stage: PlannedStage, lowering: StageLowering): StageState {
  const triggers = lowering.resolution.triggers.get(stage.index) ?? []
  const fromCounts = stage.base.kind === 'image' || stage.base.kind === 'context' ? 1 : 0
  const total = fromCounts + [...triggers, ...stage.instructions].filter(isStep).length
  const context: StepContext = {
    ...lowering,
    stage,
    total,
    trigger: false,
    main: (reads) => mainFiles(lowering, reads),
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
      return initialState(lowering.sources.share(emptyTree, 'scratch'), scratchConfig(platform), { platform, history: [], step: 0 })
    case 'context':
      return initialState(contextFiles(base, 'all', lowering), scratchConfig(platform), { platform, history: [], step: 1 })
    case 'image': {
      const image = resolved(imageKey(base, platform), lowering)
      const rootfs = imageVertex(image, `[${stepPrefix(stage, 1, total)}] `, lowering)
      const used = basePlatform(stage, image, lowering)
      return initialState(rootfs, inheritedConfig(image.config), { platform: used, history: image.config.history ?? [], step: 1 })
    }
  }
}

/** The platform of a stage on an image: what was asked for, unless nobody asked and the image knows better. */
function basePlatform({ from, platform }: PlannedStage, image: ResolvedImage, { plan, warn }: StageLowering): ResolvedImage['platform'] {
  const { os, architecture } = image.platform
  if (os === platform.os && architecture === platform.architecture) return platform
  const platforms = { expected: formatPlatform(platform), actual: formatPlatform(image.platform) }
  warn(invalidBaseImagePlatform({ image: from.image, ...platforms }, from.range))
  return plan.options.platformRequested || from.platform !== undefined ? platform : image.platform
}

function originFiles(origin: Origin, reads: Reads, lowering: StageLowering): Vertex {
  switch (origin.kind) {
    case 'stage':
      return lowering.stateOf(origin.index).rootfs
    case 'scratch':
      return lowering.sources.share(emptyTree, 'scratch')
    case 'context':
      return contextFiles(origin, reads, lowering)
    case 'image':
      return imageVertex(resolved(imageKey(origin, lowering.plan.options.platform), lowering), '', lowering)
  }
}

function resolved(key: string, { resolution }: StageLowering): ResolvedImage {
  const image = resolution.images.get(key)
  if (image === undefined) throw new Error(`Image ${key} was not resolved`)
  return image
}

function imageVertex({ reference, digest, platform, layout }: ResolvedImage, prefix: string, { sources }: StageLowering): Vertex {
  const op = { kind: 'image', reference, digest, platform, ...(layout !== undefined && { layout }) } as const
  return sources.share(op, `${prefix}FROM ${reference}@${digest}`)
}

function contextFiles({ name, context }: ContextOrigin, reads: Reads, { sources }: StageLowering): Vertex {
  const title = `[context ${name}]`
  switch (context.kind) {
    case 'local':
      return sources.local(name, `${title} load from client`, reads)
    case 'git':
      return sources.share(parseGitAddress(context.url), `${title} ${context.url}`)
    case 'http':
      return sources.share({ kind: 'http', url: context.url, filename: fileNameOf(context.url) }, `${title} ${context.url}`)
  }
}

function mainFiles({ plan, sources }: StageLowering, reads: Reads): Vertex {
  const main: MainContext = plan.options.mainContext
  if (main === 'local') return sources.local('context', '[internal] load build context', reads)
  if (main.kind === 'vertex') return main.vertex
  const keep = own(plan.options.args, 'BUILDKIT_CONTEXT_KEEP_GIT_DIR')
  const op = parseGitAddress(main.url)
  return sources.share(keep === '1' || keep === 'true' ? { ...op, keepGitDir: true } : op, `[internal] load git source ${main.url}`)
}
