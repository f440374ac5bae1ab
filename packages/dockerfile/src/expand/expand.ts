import { lexText, lexWords } from './lex.ts'
import type { Lookup } from './lexer.ts'

/** Options of an expansion. */
export interface ExpandOptions {
  /** Escape character of the file; default `\`. */
  readonly escape?: string
  /**
   * Receives every name that is looked up, set or not, each time: input of the UndefinedVar rule.
   */
  readonly onLookup?: (name: string, value: string | undefined) => void
}

/**
 * One word with its variables replaced, quotes and escapes removed; blanks do not split it.
 * Throws EXPANSION_FAILED, `failed to process "<word>": …`.
 */
export function expandWord(word: string, lookup: Lookup, options: ExpandOptions = {}): string {
  return lexText(word, observed(lookup, options), pickEscape(options))
}

/**
 * Like `expandWord`, but cut at blanks that are not quoted, those in values included: what EXPOSE
 * does.
 */
export function expandWords(word: string, lookup: Lookup, options: ExpandOptions = {}): readonly string[] {
  return lexWords(word, observed(lookup, options), pickEscape(options))
}

/**
 * The body of a heredoc whose name was not quoted, expanded: quotes are text, and the escape
 * character is `\` for any escape character of the file. Throws EXPANSION_FAILED.
 */
export function expandHeredoc(content: string, lookup: Lookup, options: Pick<ExpandOptions, 'onLookup'> = {}): string {
  return lexText(content, observed(lookup, options), { quotesAreText: true })
}

function pickEscape(options: ExpandOptions): { readonly escape?: string } {
  return options.escape === undefined ? {} : { escape: options.escape }
}

function observed(lookup: Lookup, { onLookup }: ExpandOptions): Lookup {
  if (onLookup === undefined) return lookup
  return (name) => {
    const value = lookup(name)
    onLookup(name, value)
    return value
  }
}
