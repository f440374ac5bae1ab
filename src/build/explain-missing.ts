import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suggest, type IgnoreMatcher } from '@tsbuild/dockerfile'
import { nameOf, parentOf, type Path, TreeError } from '@tsbuild/tree'
import { StepError } from '../solve/step-error.ts'

/** The main context, where it is a directory of the caller. */
export interface ContextDirectory {
  readonly directory?: string
  readonly ignore?: IgnoreMatcher
}

/** The same error; for a source that is not in the context, with the rule of the ignore file that hides it, or the name that may have been meant. */
export function explainMissing(error: unknown, context: ContextDirectory): unknown {
  if (!(error instanceof StepError) || !(error.cause instanceof TreeError) || error.cause.code !== 'SOURCE_NOT_FOUND') return error
  const { path } = error.cause
  const isMainContext = error.vertex.inputs.some(({ op }) => op.kind === 'local' && op.context === 'context')
  const hint = isMainContext && path !== undefined ? hintFor(path, context) : undefined
  return hint === undefined ? error : new StepError(error.vertex, error.cause, hint)
}

function hintFor(path: Path, { directory, ignore }: ContextDirectory): string | undefined {
  const rule = ignore?.why(path)
  if (rule) return `"${path}" is excluded from the context by "${rule.pattern}", line ${rule.line} of the ignore file`
  return directory === undefined ? undefined : nearest(path, directory)
}

/** A name that looks alike beside the first component that is missing. */
function nearest(path: Path, directory: string): string | undefined {
  let missing = path
  for (let above = parentOf(missing); ; above = parentOf(above)) {
    const names = namesIn(join(directory, above))
    if (names) {
      const similar = suggest(nameOf(missing), names)
      const place = above === '' ? 'the context' : `"${above}"`
      return similar === undefined ? undefined : `did you mean "${similar}", which ${place} has?`
    }
    missing = above
  }
}

function namesIn(directory: string): readonly string[] | undefined {
  try {
    return readdirSync(directory)
  } catch {
    return undefined
  }
}
