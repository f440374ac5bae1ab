import { next, peek } from './cursor.ts'
import { type Lexer, WordProblem } from './lexer.ts'
import { removePrefix, removeSuffix, replace } from './shell-pattern.ts'

const letter = /^[\p{L}\p{Nd}_]$/u
const digit = /^\p{Nd}$/u
/** Parameters of a shell; always unset here, except to a lookup that knows them. */
const special = '@*#?-$!0'

/** Reads `$name` or `${…}` at the cursor and returns its value. */
export function readSubstitution(lexer: Lexer): string {
  const { cursor } = lexer
  next(cursor)
  if (peek(cursor) !== '{') {
    const name = readName(lexer)
    if (name === '') return '$'
    const value = lexer.lookup(name)
    return value ?? (lexer.options.keepUnset === true ? `$${name}` : '')
  }
  next(cursor)
  if (peek(cursor) === '') throw new WordProblem("syntax error: missing '}'")
  if ('{}:'.includes(peek(cursor)))
    throw new WordProblem('syntax error: bad substitution', 'write ${NAME}, or a backslash before a $ that is text')
  return readBraces(lexer)
}

/** `name}`, `name:-word}`, `name#pattern}`, `name/pattern/replacement}` … */
function readBraces(lexer: Lexer): string {
  const name = readName(lexer)
  const { cursor } = lexer
  let operator = next(cursor)
  if (operator === '}') {
    const value = lexer.lookup(name)
    return value ?? (lexer.options.keepUnset === true ? `\${${name}}` : '')
  }
  if (operator === '/') return readReplacement(lexer, name)
  const emptyIsUnset = operator === ':'
  if (emptyIsUnset) operator = next(cursor)
  const written = emptyIsUnset ? `:${operator}` : operator
  const trims = operator === '#' || operator === '%'
  if (operator === '') throw new WordProblem("syntax error: missing '}'")
  if (!'+-?#%'.includes(operator) || (emptyIsUnset && trims)) throw unsupported(written)
  const word = readPart(lexer, '}', trims)
  const value = lexer.lookup(name)
  if (value === undefined && lexer.options.keepUnset === true) return `\${${name}${written}${word}}`
  if (trims) return trimValue(value ?? '', operator, word)
  const usable = value !== undefined && !(emptyIsUnset && value === '')
  if (operator === '-') return usable ? value : word
  if (operator === '+') return usable ? word : ''
  if (usable) return value
  throw new WordProblem(
    `${name}: ${word !== '' ? word : `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`,
  )
}

function unsupported(modifier: string): WordProblem {
  return new WordProblem(
    `unsupported modifier (${modifier}) in substitution`,
    'only :- - :+ + :? ? # ## % %% / and // can follow the name',
  )
}

function trimValue(value: string, operator: string, word: string): string {
  const longest = word.startsWith(operator)
  const pattern = longest ? word.slice(1) : word
  return operator === '#' ? removePrefix(value, pattern, longest) : removeSuffix(value, pattern, longest)
}

function readReplacement(lexer: Lexer, name: string): string {
  const all = peek(lexer.cursor) === '/'
  if (all) next(lexer.cursor)
  const pattern = readPart(lexer, '/', true)
  const replacement = readPart(lexer, '}', true)
  const value = lexer.lookup(name)
  if (value === undefined && lexer.options.keepUnset === true) return `\${${name}/${pattern}/${replacement}}`
  return replace(value ?? '', pattern, { replacement, all })
}

/** Part of `${…}`. The end of the text is always reported as the missing brace. */
function readPart(lexer: Lexer, stop: '}' | '/', keepEscapes: boolean): string {
  try {
    return lexer.readUntil(lexer, stop, { keepEscapes })
  } catch (error) {
    if (!(error instanceof WordProblem) || peek(lexer.cursor) !== '') throw error
    throw new WordProblem(stop === '}' ? "syntax error: missing '}'" : "syntax error: missing '/' in ${}")
  }
}

/** Letters, digits and `_`; only digits when it starts with one; or one special character. */
function readName({ cursor }: Lexer): string {
  const first = peek(cursor)
  if (digit.test(first)) return readWhile(cursor, digit)
  if (first !== '' && special.includes(first)) return next(cursor)
  return readWhile(cursor, letter)
}

function readWhile(cursor: Lexer['cursor'], wanted: RegExp): string {
  const start = cursor.at
  while (wanted.test(peek(cursor))) next(cursor)
  return cursor.text.slice(start, cursor.at)
}
