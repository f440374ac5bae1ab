import type { MaintainerInstruction } from '@tsbuild/dockerfile'
import { type StageState, withImage } from '../state/stage-state.ts'

/** MAINTAINER: the image's author, as written. */
export function lowerMaintainer(state: StageState, { name }: MaintainerInstruction): StageState {
  return withImage(state, { ...state.image, author: name }, `MAINTAINER ${name}`)
}
