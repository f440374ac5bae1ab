import type { OnbuildInstruction } from '@tsbuild/dockerfile'
import { configure } from '../state/config.ts'
import type { StageState } from '../state/stage-state.ts'

/** ONBUILD: stored unexpanded for images made from this one. Leaves no history. */
export function lowerOnbuild(state: StageState, { expression }: OnbuildInstruction): StageState {
  return { ...state, image: configure(state.image, { OnBuild: [...(state.image.config?.OnBuild ?? []), expression] }) }
}
