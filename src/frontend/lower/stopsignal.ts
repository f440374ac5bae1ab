import { parseSignal, type StopsignalInstruction, withRange } from '@tsbuild/dockerfile'
import { configure } from '../state/config.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

/** STOPSIGNAL: checked, stored as written. */
export function lowerStopsignal(
  state: StageState,
  instruction: StopsignalInstruction,
  context: StepContext,
): StageState {
  const signal = createExpander(state, instruction, context).word(instruction.signal)
  withRange(instruction.range, () => parseSignal(signal), signal)
  return withImage(state, configure(state.image, { StopSignal: signal }), `STOPSIGNAL ${signal}`)
}
