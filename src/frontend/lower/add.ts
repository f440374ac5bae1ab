import type { AddInstruction } from '@tsbuild/dockerfile'
import { withoutPassword } from '../../graph/without-password.ts'
import { LowerError } from '../plan/lower-error.ts'
import { remoteSource } from '../sources/remote-source.ts'
import { createExpander, type StepContext } from '../state/step-context.ts'
import type { StageState } from '../state/stage-state.ts'
import { warnOfIgnored } from './warn-of-ignored.ts'
import { copySources } from './copy-sources.ts'
import { copyStep, type StepSource } from './copy-step.ts'

/**
 * ADD: paths of the main context (archives are unpacked), downloads, git repositories and heredocs.
 */
export function lowerAdd(state: StageState, instruction: AddInstruction, context: StepContext): StageState {
  const { unpack, range } = instruction
  const expand = createExpander(state, instruction, context)
  const checksum = expand.word(instruction.checksum ?? '') || undefined
  if (checksum !== undefined && instruction.sources.filter(({ kind }) => kind === 'path').length !== 1) {
    throw new LowerError('CHECKSUM_INVALID', "checksum can't be specified for multiple sources", {
      range,
      word: '--checksum',
      hint: 'write one ADD for each',
    })
  }
  function findPath(text: string, written: string): StepSource {
    const op = remoteSource(text, instruction, checksum)
    const shown = withoutPassword(text)
    const place = { range, written: { sources: [written] } }
    if (op?.kind === 'git') {
      return { shown, files: context.sources.share(op, `git ${shown}`, place), path: '/', literal: true }
    }
    if (op !== undefined) {
      return {
        shown,
        files: context.sources.share(op, shown, place),
        path: op.filename,
        literal: true,
        unpack: unpack === true,
      }
    }
    if (checksum !== undefined) {
      throw new LowerError('CHECKSUM_INVALID', 'checksum requires HTTP(S) or Git sources', {
        range,
        word: '--checksum',
      })
    }
    warnOfIgnored(text, instruction, context)
    return { shown: text, files: context.main([text]), path: text, unpack: unpack !== false }
  }
  return copyStep(
    state,
    { instruction, expand, sources: copySources(instruction, { expand, findPath }, context) },
    context,
  )
}
