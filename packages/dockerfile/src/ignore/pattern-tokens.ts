import { DockerfileError } from '../text/errors.ts'

/** One step of a pattern. */
export type PatternToken =
  | { readonly kind: 'text'; readonly character: string }
  /** `?`: one character but `/`. */
  | { readonly kind: 'one' }
  /** `[…]`; a negated one may match `/`, as in the reference implementation. */
  | {
      readonly kind: 'class'
      readonly negated: boolean
      readonly ranges: readonly (readonly [low: number, high: number])[]
    }
  /** `*`: any run without `/`. */
  | { readonly kind: 'run' }
  /** `**` with more behind it: nothing, or any run that ends in `/`. */
  | { readonly kind: 'directories' }
  /** `**` at the end, or in front of plain text: any run. */
  | { readonly kind: 'anything' }
  /** `^` in a pattern with wildcards: holds only at the start. */
  | { readonly kind: 'start' }

/** Reads a cleaned pattern. Throws PATTERN_INVALID, "syntax error in pattern". */
export function patternTokens(pattern: string): readonly PatternToken[] {
  const characters = Array.from(pattern)
  const tokens: PatternToken[] = []
  let at = 0
  while (at < characters.length) {
    const { token, end } = readToken(characters, at)
    tokens.push(token)
    at = end
  }
  return adjust(tokens, pattern)
}

function readToken(characters: readonly string[], at: number): { token: PatternToken; end: number } {
  const character = characters[at] ?? ''
  if (character === '?') return { token: { kind: 'one' }, end: at + 1 }
  if (character === '[') return readClass(characters, at + 1)
  if (character === '\\') return { token: { kind: 'text', character: member(characters, at).character }, end: at + 2 }
  if (character !== '*') return { token: { kind: 'text', character }, end: at + 1 }
  if (characters[at + 1] !== '*') return { token: { kind: 'run' }, end: at + 1 }
  const end = characters[at + 2] === '/' ? at + 3 : at + 2
  return { token: { kind: end === characters.length ? 'anything' : 'directories' }, end }
}

function readClass(characters: readonly string[], start: number): { token: PatternToken; end: number } {
  const negated = characters[start] === '^'
  const ranges: [number, number][] = []
  let at = negated ? start + 1 : start
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = classMember(characters, at)
    at = low.end
    let high = low
    if (characters[at] === '-') {
      high = classMember(characters, at + 1)
      at = high.end
    }
    ranges.push([codePoint(low.character), codePoint(high.character)])
  }
  return { token: { kind: 'class', negated, ranges }, end: at + 1 }
}

function classMember(characters: readonly string[], at: number): { character: string; end: number } {
  if (characters[at] === '-' || characters[at] === ']') throw syntaxError()
  return member(characters, at)
}

/** A character, or the one behind a backslash. */
function member(characters: readonly string[], at: number): { character: string; end: number } {
  const index = characters[at] === '\\' ? at + 1 : at
  const character = characters[index]
  if (character === undefined) throw syntaxError()
  return { character, end: index + 1 }
}

/**
 * A pattern of plain text with `**` at one edge, or none, is compared as text: there `**x` is any
 * path that ends in `x`, and `^` is a character. In all other patterns `^` is an anchor.
 */
function adjust(tokens: readonly PatternToken[], pattern: string): readonly PatternToken[] {
  const wild = tokens.filter((token) => token.kind !== 'text')
  const [first, ...rest] = tokens
  const leading = first?.kind === 'directories'
  const edge = leading || first?.kind === 'anything' || tokens.at(-1)?.kind === 'anything'
  const plain = !pattern.includes('\\') && (wild.length === 0 || (wild.length === 1 && edge))
  if (!plain)
    return withoutRepetitions(tokens).map((token) =>
      token.kind === 'text' && token.character === '^' ? { kind: 'start' } : token,
    )
  return leading && pattern[2] !== '/' ? [{ kind: 'anything' }, ...rest] : tokens
}

/**
 * Two runs of directories are one. Without them no more than two tokens in a row can match nothing,
 * which bounds the matcher's steps.
 */
function withoutRepetitions(tokens: readonly PatternToken[]): readonly PatternToken[] {
  return tokens.filter(({ kind }, index) => kind !== 'directories' || tokens[index - 1]?.kind !== 'directories')
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0
}

function syntaxError(): DockerfileError {
  return new DockerfileError('PATTERN_INVALID', 'syntax error in pattern')
}
