import type { ErrorDetails, Range } from '@tsbuild/errors'
import { DockerfileError, type DockerfileErrorCode } from './errors.ts'
import { findWord } from './find-word.ts'

/** The physical lines of an instruction, and where they are. */
interface InstructionLines {
  readonly range: Range
  readonly lines: readonly string[]
}

/** Error in an instruction; `word` is the part to point at, default the whole instruction. */
export function failure(
  text: InstructionLines,
  code: DockerfileErrorCode,
  problem: Omit<ErrorDetails, 'range'> & { readonly message: string },
): DockerfileError {
  const { message, word = '', ...help } = problem
  return new DockerfileError(code, message, { range: locateWord(text, word), ...help })
}

/**
 * Runs `action` on a word of an instruction. A DockerfileError without a range points at the word
 * it names, else at this one, else at the instruction.
 */
export function atWord<T>(text: InstructionLines, word: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof DockerfileError && error.range === undefined)
      error.add({ range: locateWord(text, error.word ?? word) })
    throw error
  }
}

/** Place of a word in the instruction, else the whole instruction. */
function locateWord({ range, lines }: InstructionLines, word: string): Range {
  // `lines` are those of the range alone.
  const above = range.start.line - 1
  const local = { start: { ...range.start, line: 1 }, end: { ...range.end, line: range.end.line - above } }
  const found = findWord(lines, local, word)
  if (found === undefined) return range
  return {
    start: { ...found.start, line: found.start.line + above },
    end: { ...found.end, line: found.end.line + above },
  }
}
