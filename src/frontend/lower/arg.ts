import type { ArgInstruction } from '@tsbuild/dockerfile'
import { withVariables } from '../state/environment.ts'
import { own } from '../plan/global-scope.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import { scanArgs } from './scan-targets.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

/** Steer attestations; they never reach a process. */
const silentArgs: ReadonlySet<string> = new Set(Object.values(scanArgs))

/**
 * ARG: a build argument, else the own default, else the global or predefined value. From here on it
 * is in the build's environment, never in the image's.
 */
export function lowerArg(before: StageState, instruction: ArgInstruction, context: StepContext): StageState {
  let state = before
  const texts: string[] = []
  for (const { name, value: preset } of instruction.args) {
    // One after the other: a default may use the ARG to its left.
    const expand = createExpander(state, instruction, context)
    const value =
      own(context.plan.options.args, name) ?? (preset === undefined ? context.globals.get(name) : expand.word(preset))
    const visible = value !== undefined && !silentArgs.has(name)
    state = {
      ...state,
      environment: visible ? withVariables(state.environment, [[name, value]]) : state.environment,
      args: state.args.with(value === undefined ? { name } : { name, value }),
    }
    texts.push(value === undefined ? name : `${name}=${value}`)
  }
  return withImage(state, state.image, `ARG ${texts.join(' ')}`)
}
