import { DockerfileError } from '../text/errors.ts'
import { quoteGo } from '../text/quote-go.ts'
import { createCursor, type Cursor, next, peek } from './cursor.ts'
import { type Lexer, type LexOptions, type Lookup, type ReadOptions, WordProblem } from './lexer.ts'
import { readSubstitution } from './substitution.ts'
import { createWords, type Words } from './word-list.ts'

const maximumDepth = 100
const quoteHint = 'close the quote, or put the escape character before it if it is text'
/** Characters all substitutions of a text may put in. */
const maximumInserted = 16 * 1024 * 1024
/** A word in a message is cut here. */
const maximumShown = 256

/**
 * Reads a text as one word: substitutions replaced, quotes and escapes removed. Throws
 * EXPANSION_FAILED. Linear in the text and the values put in.
 */
export function lexText(source: string, lookup: Lookup, options: LexOptions = {}): string {
  return lex(source, lookup, options)
}

/**
 * Reads a text like `lexText`, and cuts it at blanks that are neither quoted nor escaped, those in
 * values included.
 */
export function lexWords(source: string, lookup: Lookup, options: LexOptions = {}): readonly string[] {
  const words = createWords()
  lex(source, lookup, { ...options, words })
  return words.end()
}

function lex(source: string, lookup: Lookup, options: LexOptions & { readonly words?: Words }): string {
  const lexer: Lexer = {
    cursor: createCursor(source),
    lookup,
    options,
    escape: options.escape ?? '\\',
    depth: 0,
    budget: { left: maximumInserted },
    readUntil,
  }
  const { words, keepEscapes = false } = options
  try {
    return readUntil(lexer, '', { keepEscapes, ...(words !== undefined && { words }) })
  } catch (error) {
    if (!(error instanceof WordProblem)) throw error
    const shown = source.length > maximumShown ? `${source.slice(0, maximumShown)}…` : source
    throw new DockerfileError('EXPANSION_FAILED', `failed to process ${quoteGo(shown)}: ${error.message}`, {
      word: source,
      hint: error.hint,
    })
  }
}

function readUntil(lexer: Lexer, stop: string, how: ReadOptions): string {
  const { cursor } = lexer
  const out: string[] = []
  while (peek(cursor) !== '') {
    if (peek(cursor) === stop) {
      next(cursor)
      return out.join('')
    }
    out.push(readPart(lexer, how))
  }
  if (stop !== '') throw new WordProblem(`unexpected end of statement while looking for matching ${stop}`)
  return out.join('')
}

function readPart(lexer: Lexer, how: ReadOptions): string {
  const { cursor, options } = lexer
  const character = peek(cursor)
  if (character === '$') {
    const value = substitute(lexer)
    how.words?.addText(value)
    return value
  }
  if (character === '<') return quoted(readAngle(cursor), how.words)
  if (options.quotesAreText !== true && character === "'") return quoted(readSingleQuote(lexer), how.words)
  if (options.quotesAreText !== true && character === '"')
    return quoted(readDoubleQuote(lexer, how.keepEscapes), how.words)
  next(cursor)
  if (character !== lexer.escape) {
    how.words?.addText(character)
    return character
  }
  const escaped = (how.keepEscapes ? character : '') + next(cursor)
  return escaped === '' ? '' : quoted(escaped, how.words)
}

function substitute(lexer: Lexer): string {
  if (lexer.depth === maximumDepth) throw new WordProblem(`substitutions are nested deeper than ${maximumDepth}`)
  const value = readSubstitution({ ...lexer, depth: lexer.depth + 1 })
  lexer.budget.left -= value.length
  if (lexer.budget.left < 0) throw new WordProblem(`substitutions put in more than ${maximumInserted} characters`)
  return value
}

/** Blanks inside quotes and after escapes are part of a word. */
function quoted(text: string, words: Words | undefined): string {
  words?.addQuoted(text)
  return text
}

/** `<<` keeps the blanks behind it: `<< EOF` is one word, the redirection of a heredoc. */
function readAngle(cursor: Cursor): string {
  let out = next(cursor)
  if (peek(cursor) !== '<') return out
  out += next(cursor)
  while (/^[ \t\r]$/.test(peek(cursor))) out += next(cursor)
  return out
}

function readSingleQuote({ cursor, options }: Lexer): string {
  const end = cursor.text.indexOf("'", cursor.at + 1)
  if (end === -1) {
    cursor.at = cursor.text.length
    throw new WordProblem('unexpected end of statement while looking for matching single-quote', quoteHint)
  }
  const inside = cursor.text.slice(cursor.at + 1, end)
  cursor.at = end + 1
  return options.keepQuotes === true ? `'${inside}'` : inside
}

function readDoubleQuote(lexer: Lexer, keepEscapes: boolean): string {
  const { cursor, options, escape } = lexer
  const quote = options.keepQuotes === true ? '"' : ''
  const out = [quote]
  next(cursor)
  for (;;) {
    const character = peek(cursor)
    if (character === '')
      throw new WordProblem('unexpected end of statement while looking for matching double-quote', quoteHint)
    if (character === '$') {
      out.push(substitute(lexer))
      continue
    }
    next(cursor)
    if (character === '"') return out.join('') + quote
    if (character !== escape) {
      out.push(character)
      continue
    }
    if (keepEscapes) out.push(character)
    const following = peek(cursor)
    if (following === '"' || following === '$' || following === escape) out.push(next(cursor))
    else if (following !== '') out.push(character)
  }
}
