import { type Dockerfile, DockerfileError, type Warning } from '@tsbuild/dockerfile'
import type { BaseImageResolver } from './plan/base-image.ts'
import { LowerError } from './plan/lower-error.ts'
import { lowerFile } from './lower-file.ts'
import type { LowerOptions } from './plan/lower-options.ts'
import { collectWarnings } from './warnings.ts'

/** Result of linting a Dockerfile. */
export interface LintResult {
  /** In file order; those found before the error, if there is one. */
  readonly warnings: readonly Warning[]
  /** Reason why it cannot be built. */
  readonly error?: DockerfileError | LowerError
}

/** Lowers the target and its inputs, or every stage without a target, only to find faults. */
export async function lint(
  dockerfile: Dockerfile,
  options: LowerOptions,
  resolver: BaseImageResolver,
): Promise<LintResult> {
  const found: Warning[] = []
  const stages = new Set<number>()
  try {
    await lowerFile({
      dockerfile,
      options,
      resolver,
      allStages: options.target === undefined,
      warn: (warning) => found.push(warning),
      onStage: (index) => stages.add(index),
    })
  } catch (error) {
    if (!(error instanceof DockerfileError) && !(error instanceof LowerError)) throw error
    return {
      warnings: collectWarnings(dockerfile, options, { found, stages, ...(error.range && { before: error.range }) }),
      error,
    }
  }
  return { warnings: collectWarnings(dockerfile, options, { found, stages }) }
}
