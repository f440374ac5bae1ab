import { type PatternToken, patternTokens } from './pattern-tokens.ts'

/** One pattern, ready to match whole paths. */
export interface CompiledPattern {
  /** The path matches the pattern; its parents are not looked at. */
  matches(path: string): boolean
  /** Some path that starts with `prefix` could match. */
  couldMatch(prefix: string): boolean
}

/**
 * Compiles a cleaned pattern of the `.dockerignore` language (moby's patternmatcher). Matching
 * takes at most length of path × length of pattern steps. Throws PATTERN_INVALID.
 */
export function compilePattern(pattern: string): CompiledPattern {
  const tokens = patternTokens(pattern)
  const head = literalPrefix(tokens)
  const tail = literalPrefix(tokens.toReversed(), true)
  const literal = tokens.every((token) => token.kind === 'text')
  return {
    matches(path) {
      if (literal) return path === head
      // Cheap, and settles most paths of a large tree.
      if (!path.startsWith(head) || !path.endsWith(tail)) return false
      return advance(tokens, path).has(tokens.length)
    },
    couldMatch: (prefix) => advance(tokens, prefix).size > 0,
  }
}

function literalPrefix(tokens: readonly PatternToken[], reversed = false): string {
  const characters: string[] = []
  for (const token of tokens) {
    if (token.kind !== 'text') break
    characters.push(token.character)
  }
  return (reversed ? characters.reverse() : characters).join('')
}

/**
 * The positions in the pattern that can be reached after the text: all at once, so nothing is tried
 * twice. Position n stands before token n; the last one is a match.
 */
function advance(tokens: readonly PatternToken[], text: string): ReadonlySet<number> {
  let positions = new Set<number>()
  enter(tokens, positions, { position: 0, atStart: true })
  for (const character of text) {
    const following = new Set<number>()
    for (const position of positions) step(tokens, following, { position, character })
    positions = following
    if (positions.size === 0) break
  }
  return positions
}

/** Adds a position and those reached from it without a character. */
function enter(
  tokens: readonly PatternToken[],
  positions: Set<number>,
  at: { position: number; atStart: boolean },
): void {
  for (let position = at.position; ; position += 1) {
    positions.add(position)
    const kind = tokens[position]?.kind
    const skips = kind === 'run' || kind === 'anything' || kind === 'directories' || (kind === 'start' && at.atStart)
    if (!skips) return
  }
}

/** Follows one character from one position. */
function step(
  tokens: readonly PatternToken[],
  positions: Set<number>,
  at: { position: number; character: string },
): void {
  const { position, character } = at
  const token = tokens[position]
  if (token === undefined) return
  if (accepts(token, character)) enter(tokens, positions, { position: position + 1, atStart: false })
  // A run may go on and may end at any time; `directories` once begun ends only at a `/`.
  if (token.kind === 'anything' || (token.kind === 'run' && character !== '/'))
    enter(tokens, positions, { position, atStart: false })
  if (token.kind === 'directories') positions.add(position)
}

function inRanges(ranges: readonly (readonly [number, number])[], code: number): boolean {
  return ranges.some(([low, high]) => low <= code && code <= high)
}

function accepts(token: PatternToken, character: string): boolean {
  switch (token.kind) {
    case 'text':
      return token.character === character
    case 'one':
      return character !== '/'
    case 'class':
      return inRanges(token.ranges, character.codePointAt(0) ?? 0) !== token.negated
    case 'directories':
      return character === '/'
    case 'run':
    case 'anything':
    case 'start':
      return false
  }
}
