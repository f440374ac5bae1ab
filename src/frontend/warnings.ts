import type { Dockerfile, Warning } from '@tsbuild/dockerfile'
import type { Warn } from './global-scope.ts'
import type { LowerOptions } from './lower-options.ts'

/** Collects what is worth telling about a build. */
export interface Warnings {
  readonly warn: Warn
  /** Everything that is not switched off, in file order. Stage-local rules speak of `reachable` stages only. */
  finish(reachable: readonly number[]): readonly Warning[]
}

export function createWarnings(dockerfile: Dockerfile, _options: LowerOptions): Warnings {
  const found: Warning[] = [...dockerfile.warnings]
  return {
    warn: (warning) => {
      found.push(warning)
    },
    finish: () => found.sort((a, b) => a.range.start.line - b.range.start.line),
  }
}
