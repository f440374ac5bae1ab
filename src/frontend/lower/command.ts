import { checkCommandForm, type CmdInstruction, type Command, type EntrypointInstruction } from '@tsbuild/dockerfile'
import { configure, configureCommand, type DraftConfig, chooseShell } from '../state/config.ts'
import { quoteGoList } from '../state/go-format.ts'
import { type StageState, withImage } from '../state/stage-state.ts'
import type { StepContext } from '../state/step-context.ts'

/** CMD: replaces the command. `ArgsEscaped` is what Docker stores with it. */
export function lowerCmd(state: StageState, instruction: CmdInstruction, context: StepContext): StageState {
  checkCommandForm(instruction, hasShell(state)).forEach(context.warn)
  const args = commandArgs(instruction.command, state.image)
  const image = configure(configureCommand(state.image, 'Cmd', args), { ArgsEscaped: true })
  return withImage({ ...state, ownCommand: true }, image, `CMD ${quoteGoList(args)}`)
}

/**
 * ENTRYPOINT: replaces the entry point. A command that came with the base was meant for another one
 * and goes.
 */
export function lowerEntrypoint(
  state: StageState,
  instruction: EntrypointInstruction,
  context: StepContext,
): StageState {
  checkCommandForm(instruction, hasShell(state)).forEach(context.warn)
  const args = commandArgs(instruction.command, state.image)
  const image = configureCommand(state.image, 'Entrypoint', args)
  return withImage(
    state,
    state.ownCommand ? image : configureCommand(image, 'Cmd', []),
    `ENTRYPOINT ${quoteGoList(args)}`,
  )
}

/** A SHELL was chosen here or in the base image. */
function hasShell({ image }: StageState): boolean {
  return (image.config?.Shell ?? []).length > 0
}

/** The argument vector of a command: shell form is one argument behind SHELL. */
function commandArgs(command: Command, image: DraftConfig): readonly string[] {
  return command.form === 'exec' ? command.args : [...chooseShell(image), command.text]
}
