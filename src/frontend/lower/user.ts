import type { UserInstruction } from '@tsbuild/dockerfile'
import { configure } from '../state/config.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

/** USER: stored as written; names are looked up when something runs. */
export function lowerUser(state: StageState, instruction: UserInstruction, context: StepContext): StageState {
  const user = createExpander(state, instruction, context).word(instruction.user)
  return { ...withImage(state, configure(state.image, { User: user }), `USER ${user}`), user: instruction.range }
}
