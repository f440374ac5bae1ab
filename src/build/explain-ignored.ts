import type { IgnoreMatcher } from '@tsbuild/dockerfile'
import { TreeError } from '@tsbuild/tree'
import { StepError } from '../solve/step-error.ts'

/** The same error, with the rule of the ignore file that hides the source it could not find, where there is one. */
export function explainIgnored(error: unknown, ignore: IgnoreMatcher | undefined): unknown {
  if (!(error instanceof StepError) || !(error.cause instanceof TreeError) || error.cause.code !== 'SOURCE_NOT_FOUND') return error
  const { path } = error.cause
  const isMainContext = error.vertex.inputs.some(({ op }) => op.kind === 'local' && op.context === 'context')
  const rule = isMainContext && path !== undefined ? ignore?.why(path) : undefined
  if (rule === undefined) return error
  return new StepError(
    error.vertex,
    error.cause,
    `"${path}" is excluded from the context by "${rule.pattern}", line ${rule.line} of the ignore file`,
  )
}
