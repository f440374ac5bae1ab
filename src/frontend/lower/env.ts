import type { EnvInstruction, LabelInstruction } from '@tsbuild/dockerfile'
import { configureEnv, configureLabels } from '../state/config.ts'
import { withVariables } from '../state/environment.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

/**
 * ENV: into the image and the build's environment. All words see the environment before the
 * instruction.
 */
export function lowerEnv(state: StageState, instruction: EnvInstruction, context: StepContext): StageState {
  const pairs = expandPairs(state, instruction, context)
  const environment = withVariables(state.environment, pairs)
  return withImage({ ...state, environment }, configureEnv(state.image, pairs), historyText('ENV', pairs))
}

/** LABEL: over the base's labels. */
export function lowerLabel(state: StageState, instruction: LabelInstruction, context: StepContext): StageState {
  const pairs = expandPairs(state, instruction, context)
  return withImage(state, configureLabels(state.image, Object.fromEntries(pairs)), historyText('LABEL', pairs))
}

function expandPairs(
  state: StageState,
  instruction: EnvInstruction | LabelInstruction,
  context: StepContext,
): readonly (readonly [string, string])[] {
  const { word } = createExpander(state, instruction, context)
  return instruction.pairs.map(({ name, value }) => [word(name), word(value)])
}

function historyText(keyword: string, pairs: readonly (readonly [string, string])[]): string {
  return [keyword, ...pairs.map(([name, value]) => `${name}=${value}`)].join(' ')
}
