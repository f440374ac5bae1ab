import { TsbuildError } from '@tsbuild/errors'
import { type Instruction, parseDockerfile } from '@tsbuild/dockerfile'
import { indentLines } from './indent-lines.ts'
import { isSameBuild, isSamePart } from './same-build.ts'
import { tidyLine, tidyStart } from './tidy-line.ts'

/** A line before and after; absent on one side for a line that is removed or added. */
export interface LinePair {
  readonly before?: string
  readonly after?: string
}

/** A formatted Dockerfile. */
export interface FormattedDockerfile {
  readonly text: string
  readonly isChanged: boolean
  /** All lines in order, without line feeds. */
  readonly lines: readonly LinePair[]
}

/** The work grows with the square of the lines of heredocs. */
const mostLines = 20_000
const mostBytes = 1 << 20

/**
 * Formats a Dockerfile: keywords in capitals, instructions at the margin, continued lines by four
 * blanks, no blanks at line ends, at most one blank line in a row, a line feed at the end. A change
 * that would give another build is left out: text of a shell command and bodies of heredocs stay as
 * they are. Throws `DockerfileError` for a file that does not parse, and `FORMAT_UNSAFE`.
 */
export function formatDockerfile(text: string, name: string): FormattedDockerfile {
  const marked = text.startsWith('\u{feff}') ? '\u{feff}' : ''
  const plain = text.slice(marked.length)
  const lines = plain.split('\n')
  const isEnded = lines.at(-1) === ''
  if (isEnded) lines.pop()
  if (lines.length > mostLines || plain.length > mostBytes)
    throw unsafe(`"${name}" is too long to format: at most ${mostLines} lines and ${mostBytes} bytes`)
  const { directives, globalArgs, stages } = parseDockerfile(plain, { name })
  const instructions = [...globalArgs, ...stages.flatMap(({ from, instructions }) => [from, ...instructions])]
  const parts = formatParts(lines, instructions, directives.escape)
  const pairs = withoutBlankEnd(parts)
  const formatted = pairs.flatMap(({ after }) => (after === undefined ? [] : [`${after}\n`])).join('')
  if (!isSameBuild(plain, formatted)) throw unsafe(`formatting "${name}" would change what it builds`)
  const result = marked + formatted
  return { text: result, isChanged: result !== text, lines: isEnded ? pairs : withoutFeed(pairs) }
}

/** The lines before the first instruction, then each instruction with what follows it. */
function formatParts(
  lines: readonly string[],
  instructions: readonly Instruction[],
  escape: string,
): readonly LinePair[] {
  const indented = indentLines(lines)
  const starts = [0, ...instructions.map(({ range }) => range.start.line - 1)]
  return starts.flatMap((start, index) => {
    const end = starts[index + 1] ?? lines.length
    const isHead = index === 0
    const after = choose(lines.slice(start, end), indented.slice(start, end), { escape, isHead })
    return onlyOneBlank(lines.slice(start, end), after)
  })
}

/** The form of a part that changes most and still means the same. */
function choose(
  lines: readonly string[],
  indented: readonly string[],
  { escape, isHead }: { readonly escape: string; readonly isHead: boolean },
): readonly string[] {
  const begin = (all: readonly string[]): readonly string[] =>
    isHead ? all : all.map((line, index) => (index === 0 ? tidyStart(line) : line))
  const forms = [begin(indented.map(tidyLine)), begin(lines.map(tidyLine)), begin(lines)]
  // Directives count only at the top of the file.
  const isSame = (form: readonly string[]): boolean =>
    isHead
      ? isSameBuild([...lines, 'FROM scratch', ''].join('\n'), [...form, 'FROM scratch', ''].join('\n'))
      : isSamePart(lines.join('\n'), form.join('\n'), escape)
  return forms.find(isSame) ?? lines
}

/** Removes blank lines behind another one, except within the instruction. */
function onlyOneBlank(before: readonly string[], after: readonly string[]): readonly LinePair[] {
  const last = after.findLastIndex((line) => !/^\s*(#|$)/.test(line))
  return after.map((line, index) => {
    const isSurplus = index > last + 1 && line.trim() === '' && after[index - 1]?.trim() === ''
    const old = before[index] ?? ''
    return isSurplus ? { before: old } : { before: old, after: line }
  })
}

function withoutBlankEnd(pairs: readonly LinePair[]): readonly LinePair[] {
  const last = pairs.findLastIndex(({ after }) => after !== undefined && after.trim() !== '')
  return pairs.map((pair, index) => (index > last && pair.before !== undefined ? { before: pair.before } : pair))
}

/** A file that did not end with a line feed: its last line is changed, as diff marks it. */
function withoutFeed(pairs: readonly LinePair[]): readonly LinePair[] {
  const last = pairs.findLastIndex(({ before }) => before !== undefined)
  return pairs.flatMap((pair, index) =>
    index === last
      ? [
          { before: `${pair.before}\n\\ No newline at end of file` },
          ...(pair.after === undefined ? [] : [{ after: pair.after }]),
        ]
      : [pair],
  )
}

function unsafe(message: string): TsbuildError {
  return new TsbuildError('FORMAT_UNSAFE', message)
}
