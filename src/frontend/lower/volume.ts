import type { VolumeInstruction } from '@tsbuild/dockerfile'
import { configure } from '../state/config.ts'
import { formatGoList } from '../state/go-format.ts'
import { LowerError } from '../plan/lower-error.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import { type StageState, withImage } from '../state/stage-state.ts'

/**
 * VOLUME: adds paths to the config, relative ones as they are. Later steps may still change files
 * there.
 */
export function lowerVolume(state: StageState, instruction: VolumeInstruction, context: StepContext): StageState {
  const paths = instruction.paths.map(createExpander(state, instruction, context).word)
  if (paths.includes(''))
    throw new LowerError('VOLUME_EMPTY', 'VOLUME specified can not be an empty string', {
      range: instruction.range,
      hint: 'a variable in it has no value',
    })
  const volumes = Object.fromEntries(paths.map((path) => [path, {}]))
  return withImage(
    state,
    configure(state.image, { Volumes: { ...state.image.config?.Volumes, ...volumes } }),
    `VOLUME ${formatGoList(paths)}`,
  )
}
