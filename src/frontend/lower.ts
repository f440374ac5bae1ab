import type { Dockerfile, Warning } from '@tsbuild/dockerfile'
import type { Platform } from '@tsbuild/oci'
import type { BaseImageResolver } from './base-image.ts'
import { checkStages } from './check-stages.ts'
import { configureLabels, type DraftConfig } from './config.ts'
import type { Plan } from './dependencies.ts'
import { evaluateGlobals, type Warn } from './global-scope.ts'
import type { LoweredTarget } from './lowered.ts'
import type { LowerOptions } from './lower-options.ts'
import { lowerStages } from './lower-stages.ts'
import { resolveImages } from './resolve-images.ts'
import { createSources } from './sources.ts'
import { planStages, targetStage } from './stages.ts'
import { collectWarnings } from './warnings.ts'

/**
 * Lowers a Dockerfile for one platform: the graph that makes its file system, its config and its history.
 * Only `resolver` touches anything outside, and only for images that the target needs. Throws `DockerfileError` and `LowerError` with ranges.
 */
export async function lower(dockerfile: Dockerfile, options: LowerOptions, resolver: BaseImageResolver): Promise<LoweredTarget> {
  const found: Warning[] = []
  const warn: Warn = (warning) => void found.push(warning)
  const globals = evaluateGlobals(dockerfile, options)
  const plan: Plan = { dockerfile, options, stages: planStages(dockerfile, { globals, options, warn }) }
  const target = targetStage(dockerfile, options.target)
  checkStages(plan, target)
  const resolution = await resolveImages(plan, target, resolver)
  const sources = createSources()
  const state = lowerStages({ plan, globals, resolution, sources, warn }).get(target)
  if (state === undefined) throw new Error(`Stage ${target} was not lowered`)
  sources.seal()
  const config = configureLabels(
    options.platformRequested ? withPlatform(state.image, options.platform) : state.image,
    options.labels ?? {},
  )
  return {
    platform: options.platformRequested ? options.platform : state.platform,
    rootfs: state.rootfs,
    config,
    history: state.history,
    baseHistory: state.baseHistory,
    warnings: collectWarnings(plan, resolution, found),
  }
}

/** An image is for the platform that was asked for, whatever its base is for. */
function withPlatform(draft: DraftConfig, platform: Platform): DraftConfig {
  const { variant: _, ...rest } = draft
  return { ...rest, ...platform }
}
