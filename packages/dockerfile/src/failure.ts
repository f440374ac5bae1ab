import { DockerfileError, type DockerfileErrorCode } from './errors.ts'
import type { Range } from './range.ts'
import type { InstructionText } from './split-instructions.ts'

/** An error in an instruction; `word` is the part to point at, the whole instruction unless told. */
export function failure(
  text: InstructionText,
  code: DockerfileErrorCode,
  problem: { readonly message: string; readonly word?: string; readonly hint?: string },
): DockerfileError {
  const { message, word, ...hint } = problem
  return new DockerfileError(code, message, { range: rangeOfWord(text, word) ?? text.range, ...hint })
}

/** Where a word stands in an instruction, when it stands there on one line. */
function rangeOfWord(text: InstructionText, word: string | undefined): Range | undefined {
  if (word === undefined || word === '') return undefined
  const index = text.lines.findIndex((line) => line.includes(word) && !line.trimStart().startsWith('#'))
  if (index === -1) return undefined
  const line = text.range.start.line + index
  const column = (text.lines[index]?.indexOf(word) ?? 0) + 1
  return { start: { line, column }, end: { line, column: column + word.length } }
}
