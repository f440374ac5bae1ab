import { DockerfileError } from './text/errors.ts'
import { atWord, failure } from './text/failure.ts'
import type { Instruction } from './syntax/instruction.ts'
import { parsers } from './instructions/parsers.ts'
import { decodeText, physicalLines } from './text/physical-lines.ts'
import { type InstructionText, splitInstructions } from './syntax/split-instructions.ts'
import { didYouMean } from './text/suggest.ts'

/** One instruction of a split file, typed. Every error carries a range inside it. */
export function typeInstruction(text: InstructionText): Instruction {
  const parser = parsers.get(text.keyword.toUpperCase())
  if (parser !== undefined) return atWord(text, '', () => parser(text))
  const near = didYouMean(text.keyword.toUpperCase(), parsers.keys(), (option) => sameCase(option, text.keyword))
  const help = near.hint === undefined ? { hint: unknownHint(text) } : near
  throw failure(text, 'UNKNOWN_INSTRUCTION', {
    message: `unknown instruction: ${text.keyword}`,
    word: text.keyword,
    ...help,
  })
}

/**
 * A line without an instruction in capitals is mostly the second line of a command that was not
 * continued.
 */
function unknownHint({ range, keyword, escape }: InstructionText): string {
  if (range.start.line === 1 || keyword === keyword.toUpperCase())
    return `instructions are ${[...parsers.keys()].toSorted().join(', ')}`
  return `to continue the instruction above, end its line with ${escape}`
}

/**
 * Exactly one instruction: the expression of an ONBUILD trigger, heredoc bodies behind its first
 * line. Ranges count from the start of `text`. Throws ONBUILD_INVALID for no instruction or more
 * than one, and all that `parseDockerfile` throws.
 */
export function parseInstruction(text: string, options: { readonly escape?: string } = {}): Instruction {
  const lines = physicalLines(decodeText(text))
  const [first, second] = [...splitInstructions(lines, { skip: 0, escape: options.escape ?? '\\' })]
  if (first === undefined || second !== undefined) {
    throw new DockerfileError('ONBUILD_INVALID', 'onbuild trigger should be a single expression')
  }
  return typeInstruction(first)
}

function sameCase(option: string, written: string): string {
  return written === written.toLowerCase() ? option.toLowerCase() : option
}
