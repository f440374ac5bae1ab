import { DockerfileError, type DockerfileErrorCode, type DockerfileErrorDetails } from './errors.ts'
import { findWord } from './find-word.ts'
import type { Range } from './range.ts'

/** The physical lines of an instruction, and where they are. */
interface InstructionLines {
  readonly range: Range
  readonly lines: readonly string[]
}

/** Error in an instruction; `word` is the part to point at, default the whole instruction. */
export function failure(
  text: InstructionLines,
  code: DockerfileErrorCode,
  problem: Omit<DockerfileErrorDetails, 'range'> & { readonly message: string },
): DockerfileError {
  const { message, word = '', ...help } = problem
  const { range, lines } = text
  // `lines` are those of the range alone.
  const above = range.start.line - 1
  const local = { start: { ...range.start, line: 1 }, end: { ...range.end, line: range.end.line - above } }
  const found = findWord(lines, local, word)
  const place = found && {
    start: { ...found.start, line: found.start.line + above },
    end: { ...found.end, line: found.end.line + above },
  }
  return new DockerfileError(code, message, { range: place ?? range, ...help })
}

/**
 * Runs `action` on a word of an instruction. A DockerfileError without a range points at the word
 * it names, else at this one, else at the instruction.
 */
export function atWord<T>(text: InstructionLines, word: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof DockerfileError) || error.range !== undefined) throw error
    const { code, message, hint, suggestion } = error
    throw failure(text, code, {
      message,
      word: error.word ?? word,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
      ...(suggestion === undefined ? {} : { suggestion }),
    })
  }
}
