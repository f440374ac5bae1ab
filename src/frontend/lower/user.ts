import type { UserInstruction } from '@tsbuild/dockerfile'
import { configure } from '../config.ts'
import { createExpander, type StepContext } from '../step-context.ts'
import { type StageState, withImage } from '../stage-state.ts'

/** USER: stored as written; names are looked up when something runs. */
export function lowerUser(state: StageState, instruction: UserInstruction, context: StepContext): StageState {
  const user = createExpander(state, instruction, context).word(instruction.user)
  return { ...withImage(state, configure(state.image, { User: user }), `USER ${user}`), user: instruction.range }
}
