import type { Cursor } from './cursor.ts'
import type { Words } from './word-list.ts'

/** Value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

/** Options of the lexer. The defaults are those of instruction arguments. */
export interface LexOptions {
  /** Escape character; default `\`. */
  readonly escape?: string
  /** Quotes are ordinary text (heredoc bodies). */
  readonly quotesAreText?: boolean
  /** Quotes stay in the result. */
  readonly keepQuotes?: boolean
  /** Escape characters stay in the result. */
  readonly keepEscapes?: boolean
  /** Substitutions of unset variables stay as written. */
  readonly keepUnset?: boolean
}

/** Result of one stretch of text. */
export interface ReadOptions {
  readonly keepEscapes: boolean
  readonly words?: Words
}

/** The state of one reading. */
export interface Lexer {
  readonly cursor: Cursor
  readonly lookup: Lookup
  readonly options: LexOptions
  readonly escape: string
  /** Depth of `${a:-${b:-…}}`. */
  readonly depth: number
  /** Characters that substitutions may still put in; shared by all depths. */
  readonly budget: { left: number }
  /**
   * Reads up to and over `stop` (`''` is the end of the text): how a substitution reads the word
   * inside it.
   */
  readonly readUntil: (lexer: Lexer, stop: string, how: ReadOptions) => string
}

/** A problem inside a word; `lexText` and `lexWords` make it an error that names the word. */
export class WordProblem extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}
