import type { CopyInstruction } from '@tsbuild/dockerfile'
import { copyDependency } from '../plan/dependencies.ts'
import { isGitAddress, isHttpUrl } from '../sources/git-url.ts'
import { LowerError } from '../plan/lower-error.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import type { StageState } from '../state/stage-state.ts'
import { warnOfIgnored } from './warn-of-ignored.ts'
import { copySources } from './copy-sources.ts'
import { copyStep, type StepSource } from './copy-step.ts'

/** COPY: paths of the main context or of what `--from` names, and heredocs. */
export function lowerCopy(state: StageState, instruction: CopyInstruction, context: StepContext): StageState {
  const { from, range } = instruction
  const origin = from === undefined ? undefined : copyDependency(from, range, context).origin
  const expand = createExpander(state, instruction, context)
  function findPath(path: string): StepSource {
    if (isGitAddress(path))
      throw new LowerError('SOURCE_INVALID', "source can't be a git ref for COPY", {
        range,
        word: path,
        hint: 'ADD clones repositories',
      })
    if (isHttpUrl(path))
      throw new LowerError('SOURCE_INVALID', "source can't be a URL for COPY", {
        range,
        word: path,
        hint: 'ADD downloads',
      })
    if (!origin) warnOfIgnored(path, instruction, context)
    return { shown: path, files: origin ? context.files(origin, [path]) : context.main([path]), path }
  }
  return copyStep(
    state,
    { instruction, expand, sources: copySources(instruction, { expand, findPath }, context) },
    context,
  )
}
