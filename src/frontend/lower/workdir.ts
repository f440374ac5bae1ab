import { checkFirstWorkdir, type WorkdirInstruction } from '@tsbuild/dockerfile'
import { configure, spellWorkingDirectory } from '../state/config.ts'
import { createExpander, instructionText, stepName, type StepContext } from '../state/step-context.ts'
import { type StageState, withImage, withLayer } from '../state/stage-state.ts'
import { nextWorkingDirectory, workingDirectory } from '../state/working-directory.ts'

/** WORKDIR: makes the directory in a separate layer, unless it is the root. */
export function lowerWorkdir(state: StageState, instruction: WorkdirInstruction, context: StepContext): StageState {
  const written = createExpander(state, instruction, context).word(instruction.path)
  const hasDrive = state.platform.os === 'windows' && /^(?:[a-z]:)?[\\/]/i.test(written)
  if (!state.ownWorkdir && !hasDrive) checkFirstWorkdir(written, instruction.range).forEach(context.warn)
  const path = nextWorkingDirectory(written, state.image)
  const image = configure(state.image, { WorkingDir: spellWorkingDirectory(path, state.image) })
  const text = `WORKDIR ${path}`
  const here = { ...state, ownWorkdir: true }
  if (path === '/') return withImage({ ...here, step: state.step + 1 }, image, text)
  const { epoch, fileEpoch } = context.plan.options
  const dates = [epoch, fileEpoch].filter((date) => date !== undefined)
  const date = { ...(dates.length > 0 && { epoch: Math.min(...dates) }), ...(fileEpoch !== undefined && { fileEpoch }) }
  const rootfs = {
    op: { kind: 'mkdir', path: workingDirectory(image), user: image.config?.User ?? '', ...date },
    inputs: [state.rootfs],
    name: stepName(state, context, instructionText(instruction)),
    stage: context.stage.id,
    range: instruction.range,
  } as const
  return withLayer({ ...here, image }, rootfs, text)
}
