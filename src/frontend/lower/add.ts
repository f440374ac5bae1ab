import type { AddInstruction } from '@tsbuild/dockerfile'
import { parseDigest } from '@tsbuild/oci'
import type { GitOp, HttpOp } from '../../graph/op.ts'
import { isGitAddress, isHttpUrl, parseGitAddress } from '../git-url.ts'
import { fileNameOf, withoutPassword } from '../http-url.ts'
import { LowerError } from '../lower-error.ts'
import { createExpander, type StepContext } from '../step-context.ts'
import type { StageState } from '../stage-state.ts'
import { warnOfIgnored } from '../warn-of-ignored.ts'
import { copySources } from './copy-sources.ts'
import { copyStep, type StepSource } from './copy-step.ts'

/** ADD: paths of the main context (archives are unpacked), downloads, git repositories and heredocs. */
export function lowerAdd(state: StageState, instruction: AddInstruction, context: StepContext): StageState {
  const { unpack, range } = instruction
  const expand = createExpander(state, instruction, context)
  const checksum = expand.word(instruction.checksum ?? '') || undefined
  if (checksum !== undefined && instruction.sources.filter(({ kind }) => kind === 'path').length !== 1) {
    throw new LowerError('CHECKSUM_INVALID', "checksum can't be specified for multiple sources", { range })
  }
  function findPath(text: string): StepSource {
    if (isGitAddress(text)) {
      const files = context.sources.share(gitOp(text, instruction, checksum), `git ${withoutPassword(text)}`)
      return { shown: text, files, path: '/', literal: true }
    }
    if (isHttpUrl(text)) {
      const op = httpOp(text, instruction, checksum)
      return {
        shown: text,
        files: context.sources.share(op, withoutPassword(text)),
        path: op.filename,
        literal: true,
        unpack: unpack === true,
      }
    }
    if (checksum !== undefined) throw new LowerError('CHECKSUM_INVALID', 'checksum requires HTTP(S) or Git sources', { range })
    warnOfIgnored(text, instruction, context)
    return { shown: text, files: context.main([text]), path: text, unpack: unpack !== false }
  }
  return copyStep(state, { instruction, expand, sources: copySources(instruction, { expand, findPath }, context) }, context)
}

function gitOp(address: string, { keepGitDir, range }: AddInstruction, checksum: string | undefined): GitOp {
  const op = parseGitAddress(address, range)
  if (checksum !== undefined && !/^[0-9a-f]{4,64}$/i.test(checksum)) {
    throw new LowerError('CHECKSUM_INVALID', `invalid checksum "${checksum}": a git source needs a commit`, { range })
  }
  return {
    ...op,
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(checksum !== undefined && { checksum: checksum.toLowerCase() }),
  }
}

function httpOp(url: string, { range }: AddInstruction, checksum: string | undefined): HttpOp {
  const op: HttpOp = { kind: 'http', url, filename: fileNameOf(url) }
  if (checksum === undefined) return op
  try {
    return { ...op, checksum: parseDigest(checksum) }
  } catch (error) {
    throw new LowerError('CHECKSUM_INVALID', `invalid checksum "${checksum}": expected "sha256:" and 64 hex digits`, {
      range,
      cause: error,
    })
  }
}
