import { trimStart } from '../text/blank.ts'
import { lexWords } from '../expand/lex.ts'
import { DockerfileError } from '../text/errors.ts'
import type { Heredoc } from './instruction.ts'

/** A heredoc announced by a word, before its body is read. */
export interface HeredocWord {
  readonly name: string
  readonly expand: boolean
  readonly stripTabs: boolean
}

const shape = /^\d*<<(-?)([^<]*)$/
const noVariables = (): undefined => undefined

/**
 * The heredoc a shell word announces: `[digits]<<[-][blanks]NAME`. Quotes anywhere in the name turn
 * expansion of the body off; names are read with `\` as escape character for any escape character
 * of the file. Undefined for any other word.
 */
export function parseHeredocWord(word: string): HeredocWord | undefined {
  const parts = shape.exec(word)
  const rest = trimStart(parts?.[2] ?? '')
  if (parts === null || rest === '') return undefined
  const plain = lexWords(rest, noVariables, { keepUnset: true })
  const quoted = lexWords(rest, noVariables, { keepUnset: true, keepQuotes: true })
  const name = plain[0]
  if (name === undefined || plain.length !== 1) return undefined
  return { name, expand: quotes(name) === quotes(quoted[0] ?? ''), stripTabs: parts[1] === '-' }
}

/** Like `parseHeredocWord`, for any word: a word with unmatched quotes is not a heredoc. */
export function asHeredocWord(word: string): HeredocWord | undefined {
  try {
    return parseHeredocWord(word)
  } catch {
    return undefined
  }
}

/**
 * Heredocs of an instruction in order of appearance; empty when its words cannot be separated (the
 * shell will complain).
 */
export function heredocWords(line: string): readonly HeredocWord[] {
  if (!line.includes('<<')) return []
  let words: readonly string[]
  try {
    words = lexWords(line, noVariables, { keepUnset: true, keepQuotes: true, keepEscapes: true })
  } catch {
    return []
  }
  return words.flatMap((word) => parseHeredocWord(word) ?? [])
}

/** Lines of a file that heredoc bodies are taken from. */
export interface BodyLines {
  /** The next line without its line feed; undefined at the end of the file. */
  next(): string | undefined
}

/**
 * Reads the body up to the line that is the name. Throws HEREDOC_UNTERMINATED when that line is
 * missing.
 */
export function readHeredoc(word: HeredocWord, lines: BodyLines): Heredoc {
  const body: string[] = []
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (isTerminator(line, word)) {
      const raw = body.map((text) => `${text}\n`).join('')
      return { ...word, content: word.stripTabs ? raw.replace(/^\t+/gm, '') : raw, ...(word.stripTabs && { raw }) }
    }
    body.push(line)
  }
  const shift = /^\d+$/.test(word.name)
    ? `; a shift in shell arithmetic is written without blanks: 1<<${word.name}`
    : ''
  throw new DockerfileError('HEREDOC_UNTERMINATED', 'unterminated heredoc', {
    word: '<<',
    hint: `no line consists of ${word.name} alone${shift}`,
  })
}

/**
 * Carriage returns behind the name do not count, nor, for `<<-`, tabs in front of it; blanks do.
 */
function isTerminator(line: string, { name, stripTabs }: HeredocWord): boolean {
  const at = stripTabs ? line.search(/[^\t]|$/) : 0
  if (!line.startsWith(name, at)) return false
  return !/[^\r]/.test(line.slice(at + name.length))
}

function quotes(text: string): number {
  return text.split(/['"]/).length - 1
}
