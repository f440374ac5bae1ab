import { trim, trimStart } from '../text/blank.ts'
import { type CommandLine, splitCommandLine } from '../text/split-command-line.ts'
import { DockerfileError } from '../text/errors.ts'
import { atWord } from '../text/failure.ts'
import { heredocWords, readHeredoc } from './heredoc.ts'
import type { Heredoc } from './instruction.ts'
import { nulHint, parseJsonArray } from '../text/parse-json-array.ts'
import type { Range } from '@tsbuild/errors'

/**
 * One instruction of the file as text: continuations joined, heredoc bodies attached, nothing
 * interpreted.
 */
export interface InstructionText extends CommandLine {
  /** The joined line from the keyword on; blanks at its end stay. */
  readonly source: string
  /** Without heredoc bodies. */
  readonly range: Range
  /** The physical lines of `range`. */
  readonly lines: readonly string[]
  readonly comments: readonly string[]
  readonly heredocs: readonly Heredoc[]
  readonly escape: string
  /** A blank line stands inside the continued instruction. */
  readonly emptyContinuation: boolean
}

const takesHeredocs = new Set(['RUN', 'COPY', 'ADD'])

/**
 * Cuts physical lines into instructions; the first `skip` lines are directives. Linear in the
 * length of the text. Throws NUL_BYTE, HEREDOC_UNTERMINATED and JSON_NOT_STRINGS (the form decides
 * if `<<` is a heredoc).
 */
export function* splitInstructions(
  lines: readonly string[],
  options: { skip: number; escape: string },
): Generator<InstructionText> {
  const { escape } = options
  let comments: string[] = []
  let at = options.skip
  while (at < lines.length) {
    const start = trimStart(withoutReturns(lines[at] ?? ''))
    if (start === '' || start.startsWith('#')) {
      at += 1
      const comment = trim(start.slice(1))
      // An empty comment detaches the comments above it; a blank line does not.
      if (comment !== '') comments.push(comment)
      else if (start !== '') comments = []
      continue
    }
    const joined = joinInstruction(lines, at, escape)
    const taken = lines.slice(at, joined.end)
    const range = instructionRange(taken, at)
    if (joined.text.includes('\0')) throw nulByte(taken, at)
    at = joined.end
    const { line, heredocs } = atWord({ range, lines: taken }, '', () => {
      const line = splitCommandLine(joined.text, escape)
      const words = findHeredocs(joined.text, line, escape)
      return { line, heredocs: words.map((word) => readHeredoc(word, { next: () => lines[at++] })) }
    })
    yield {
      ...line,
      source: joined.text,
      range,
      lines: taken,
      comments,
      heredocs,
      escape,
      emptyContinuation: joined.emptyContinuation,
    }
    comments = []
  }
}

/** The error for a NUL byte outside of comments: no program, path or variable can hold one. */
function nulByte(lines: readonly string[], first: number): DockerfileError {
  const index = lines.findIndex((line) => line.includes('\0') && !trimStart(line).startsWith('#'))
  const column = (lines[index] ?? '').indexOf('\0') + 1
  const line = first + index + 1
  const range = { start: { line, column }, end: { line, column: column + 1 } }
  return new DockerfileError('NUL_BYTE', 'instruction contains a NUL byte', { range, hint: nulHint })
}

interface Joined {
  readonly text: string
  /** Index behind the last line taken. */
  readonly end: number
  readonly emptyContinuation: boolean
}

/**
 * Takes the instruction that starts at a line. Comments and blank lines inside it vanish; they do
 * not end it.
 */
function joinInstruction(lines: readonly string[], start: number, escape: string): Joined {
  const parts: string[] = []
  let emptyContinuation = false
  let open = true
  let end = start
  for (; open && end < lines.length; end += 1) {
    const line = withoutReturns(lines[end] ?? '')
    const text = trimStart(line)
    if (text.startsWith('#')) continue
    if (text === '') {
      emptyContinuation = true
      continue
    }
    const continued = continuation(line, escape)
    open = continued !== undefined
    parts.push(continued ?? line)
  }
  return { text: trimStart(parts.join('')), end, emptyContinuation }
}

/**
 * The line without the escape character that continues it; undefined when it ends here. `\\\\` at
 * the end does not continue.
 */
function continuation(line: string, escape: string): string | undefined {
  let end = line.length
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1
  return line[end - 1] === escape && line[end - 2] !== escape ? line.slice(0, end - 1) : undefined
}

function withoutReturns(line: string): string {
  let end = line.length
  while (line[end - 1] === '\r') end -= 1
  return line.slice(0, end)
}

function findHeredocs(text: string, line: CommandLine, escape: string): ReturnType<typeof heredocWords> {
  const inner = line.keyword.toUpperCase() === 'ONBUILD' ? splitCommandLine(line.rest, escape) : line
  if (!takesHeredocs.has(inner.keyword.toUpperCase()) || parseJsonArray(inner.rest) !== undefined) return []
  return heredocWords(text)
}

function instructionRange(lines: readonly string[], first: number): Range {
  const start = lines[0] ?? ''
  return {
    start: { line: first + 1, column: start.length - trimStart(start).length + 1 },
    end: { line: first + lines.length, column: (lines.at(-1) ?? '').trimEnd().length + 1 },
  }
}
