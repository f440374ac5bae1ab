import type { Dockerfile, Warning } from '@tsbuild/dockerfile'
import { normalizePlatform, type Platform } from '@tsbuild/oci'
import type { BaseImageResolver } from './plan/base-image.ts'
import { checkConfig } from './check-limits.ts'
import { configureLabels, type DraftConfig } from './state/config.ts'
import { lowerFile } from './lower-file.ts'
import type { LoweredTarget } from './state/lowered.ts'
import type { LowerOptions } from './plan/lower-options.ts'
import { collectWarnings } from './warnings.ts'

/**
 * Lowers a Dockerfile for one platform: the graph that makes its file system, its config and its
 * history. Only `resolver` touches anything outside, and only for images that the target needs.
 * Throws `DockerfileError` and `LowerError` with ranges.
 */
export async function lower(
  dockerfile: Dockerfile,
  options: LowerOptions,
  resolver: BaseImageResolver,
): Promise<LoweredTarget> {
  const found: Warning[] = []
  const warn = (warning: Warning): void => void found.push(warning)
  const file = await lowerFile({ dockerfile, options, resolver, allStages: false, warn })
  const { end: state, states, layers, scanTargets } = file
  const config = configureLabels(
    options.platformRequested ? withPlatform(state.image, options.platform) : state.image,
    options.labels ?? {},
  )
  const history = state.history.toArray()
  const range = file.plan.stages[file.target]?.from.range
  checkConfig(config, { history, layers, ...(range && { range }) })
  return {
    platform: options.platformRequested ? options.platform : state.platform,
    rootfs: state.rootfs,
    layers,
    config,
    history,
    baseHistory: state.baseHistory,
    scanTargets,
    warnings: collectWarnings(dockerfile, options, { found, stages: new Set(states.keys()) }),
  }
}

/**
 * An image has the requested platform, also when its base has another one. Only a base for the same
 * platform adds details: a variant, a version of Windows.
 */
function withPlatform(draft: DraftConfig, platform: Platform): DraftConfig {
  const { os, architecture, variant, 'os.version': version, 'os.features': features, ...rest } = draft
  if (os !== platform.os || architecture !== platform.architecture) return { ...rest, ...platform }
  const known = {
    os,
    architecture,
    ...(variant && { variant }),
    ...(version && { 'os.version': version }),
    ...(features && { 'os.features': features }),
  }
  return { ...rest, ...normalizePlatform({ ...known, ...platform }) }
}
