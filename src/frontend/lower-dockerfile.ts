import type { Dockerfile, Warning } from '@tsbuild/dockerfile'
import { normalizePlatform, type Platform } from '@tsbuild/oci'
import type { BaseImageResolver } from './plan/base-image.ts'
import { checkConfig } from './check-limits.ts'
import { configureLabels, type DraftConfig, editVariables, removeLabels } from './state/config.ts'
import { type LoweredFile, lowerFile } from './lower-file.ts'
import type { LoweredTarget } from './state/lowered.ts'
import type { LowerOptions } from './plan/lower-options.ts'
import { squashLayers } from './squash-layers.ts'
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
  const { end: state, states, scanTargets } = file
  const config = edited(options.platformRequested ? withPlatform(state.image, options.platform) : state.image, options)
  const { rootfs, layers, history } = layered(file, options)
  const range = file.plan.stages[file.target]?.from.range
  checkConfig(config, { history, layers, ...(range && { range }) })
  return {
    platform: options.platformRequested ? options.platform : state.platform,
    rootfs,
    layers,
    config,
    history,
    baseHistory: state.baseHistory,
    scanTargets,
    warnings: collectWarnings(dockerfile, options, { found, stages: new Set(states.keys()) }),
  }
}

/** The config with the changes that the caller wants, which no instruction sees. */
function edited(draft: DraftConfig, { labels, unsetLabels, imageEnv, unsetEnv }: LowerOptions): DraftConfig {
  const labelled = configureLabels(removeLabels(draft, unsetLabels ?? []), labels ?? {})
  return editVariables(labelled, { set: imageEnv ?? {}, unset: unsetEnv ?? [] })
}

/** The result in the layers that the caller wants. */
function layered({ end, layers, baseLayers }: LoweredFile, { squash }: LowerOptions): ReturnType<typeof squashLayers> {
  const result = { rootfs: end.rootfs, layers, history: end.history.toArray() }
  if (squash === undefined) return result
  return squashLayers(result, squash === 'all' ? { keep: 0, since: 0 } : { keep: baseLayers, since: end.baseHistory })
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
