import type { ShellInstruction } from '@tsbuild/dockerfile'
import { configure } from '../state/config.ts'
import { formatGoList } from '../state/go-format.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

/** SHELL: for the shell forms that follow, here and in images made from this one. */
export function lowerShell(state: StageState, { shell }: ShellInstruction): StageState {
  return withImage(state, configure(state.image, { Shell: shell }), `SHELL ${formatGoList(shell)}`)
}
