import { readFlags } from '../syntax/read-flags.ts'
import type { AddInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase } from './base.ts'
import { copyFlags, parsePaths } from './paths.ts'

/** `ADD [flags] source… destination`, in JSON form too. */
export function parseAdd(text: InstructionText): AddInstruction {
  const paths = parsePaths(text)
  const flags = readFlags(text, {
    text: ['chown', 'chmod', 'checksum'],
    boolean: ['link', 'keep-git-dir', 'unpack'],
    list: ['exclude'],
  })
  const keepGitDir = flags.boolean('keep-git-dir')
  const checksum = flags.text('checksum')
  const unpack = flags.boolean('unpack')
  return {
    kind: 'ADD',
    ...instructionBase(text),
    ...paths,
    ...copyFlags(flags),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(checksum !== undefined && { checksum }),
    ...(unpack !== undefined && { unpack }),
  }
}
