import { type Dockerfile, expandWord, type Warning, withRange } from '@tsbuild/dockerfile'
import { formatPlatform, type Platform } from '@tsbuild/oci'
import type { LowerOptions } from './lower-options.ts'

/** The names FROM lines see: predefined platform arguments and global ARGs that have a value. */
export type GlobalScope = ReadonlyMap<string, string>

/** Receives what is worth telling; rules that are switched off are dropped later. */
export type Warn = (warning: Warning) => void

/**
 * Evaluates the ARGs before the first FROM, in order. A build argument beats a default, which is
 * then never expanded.
 */
export function evaluateGlobals(
  dockerfile: Dockerfile,
  options: Pick<LowerOptions, 'platform' | 'buildPlatform' | 'target' | 'args'>,
  args: Readonly<Record<string, string>> = options.args,
): GlobalScope {
  const scope = new Map<string, string>()
  for (const [name, value] of predefined(dockerfile, options)) scope.set(name, own(args, name) ?? value)
  for (const instruction of dockerfile.globalArgs) {
    for (const { name, value } of instruction.args) {
      const evaluated =
        own(args, name) ??
        (value === undefined ? undefined : withRange(instruction.range, () => expandGlobal(value, scope, dockerfile)))
      if (evaluated !== undefined) scope.set(name, evaluated)
    }
  }
  return scope
}

/** A build argument; names like `constructor` are not found by accident. */
export function own(args: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(args, name) ? args[name] : undefined
}

function expandGlobal(value: string, scope: GlobalScope, dockerfile: Dockerfile): string {
  return expandWord(value, (name) => scope.get(name), { escape: dockerfile.directives.escape })
}

function predefined(
  dockerfile: Dockerfile,
  options: Pick<LowerOptions, 'platform' | 'buildPlatform' | 'target'>,
): readonly (readonly [string, string])[] {
  return [
    ...platformArgs('BUILD', options.buildPlatform),
    ...platformArgs('TARGET', options.platform),
    ['TARGETSTAGE', options.target ?? dockerfile.stages.at(-1)?.from.alias ?? 'default'],
  ]
}

function platformArgs(prefix: string, platform: Platform): readonly (readonly [string, string])[] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform['os.version'] ?? ''],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ]
}
