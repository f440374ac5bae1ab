import { WordProblem } from './lexer.ts'

/** A character, or undefined for `?`. */
type Token = string | undefined
/** Parts between the `*` of a pattern; n of them are joined by n - 1 stars. */
type Segments = readonly (readonly Token[])[]

/** Length of a pattern times length of a value; beyond it matching would take seconds. */
const maximumWork = 100_000_000
const maximumReplaced = 16 * 1024 * 1024

/**
 * `${X#pattern}`, `${X##pattern}`: the value without the shortest or longest prefix that matches.
 */
export function removePrefix(value: string, pattern: string, longest: boolean): string {
  const characters = Array.from(value)
  const segments = compile(pattern, characters.length)
  return characters.slice(Math.max(0, matchFrom(segments, { characters, start: 0, longest }))).join('')
}

/**
 * `${X%pattern}`, `${X%%pattern}`: the value without the shortest or longest suffix that matches.
 */
export function removeSuffix(value: string, pattern: string, longest: boolean): string {
  const characters = Array.from(value).reverse()
  const segments = compile(pattern, characters.length)
    .map((segment) => segment.toReversed())
    .toReversed()
  return characters
    .slice(Math.max(0, matchFrom(segments, { characters, start: 0, longest })))
    .reverse()
    .join('')
}

/**
 * `${X/pattern/replacement}` and, with `all`, `${X//pattern/replacement}`; `*` takes as much as it
 * can.
 */
export function replace(
  value: string,
  pattern: string,
  how: { readonly replacement: string; readonly all: boolean },
): string {
  const characters = Array.from(value)
  const segments = compile(pattern, characters.length)
  const out: string[] = []
  let copied = 0
  let replaced = 0
  let at = 0
  while (at <= characters.length) {
    const start = find(segments[0] ?? [], characters, at)
    // A later start leaves less text for the rest of the pattern: one failure is the last.
    const end = start === -1 ? -1 : matchFrom(segments, { characters, start, longest: true })
    if (end === -1) break
    // An empty match right behind the match before it counts for nothing.
    if (end > copied || start === 0) {
      out.push(characters.slice(copied, start).join(''), how.replacement)
      replaced += how.replacement.length
      if (replaced > maximumReplaced)
        throw new WordProblem(`the replacements have more than ${maximumReplaced} characters`)
      copied = end
    }
    if (!how.all) break
    at = end > start ? end : end + 1
  }
  return out.join('') + characters.slice(copied).join('')
}

/**
 * End of the match of all segments from `start`, or -1. Each segment is taken where it comes first:
 * what follows then has the most text to choose from. Only the last one decides between shortest
 * and longest.
 */
function matchFrom(
  segments: Segments,
  how: { readonly characters: readonly string[]; readonly start: number; readonly longest: boolean },
): number {
  const { characters, start, longest } = how
  let at = start
  for (const [index, segment] of segments.entries()) {
    const last = longest && index === segments.length - 1
    const found =
      index === 0 ? (matchesAt(segment, characters, at) ? at : -1) : (last ? findLast : find)(segment, characters, at)
    if (found === -1) return -1
    at = found + segment.length
  }
  return at
}

function find(segment: readonly Token[], characters: readonly string[], from: number): number {
  for (let at = from; at + segment.length <= characters.length; at += 1)
    if (matchesAt(segment, characters, at)) return at
  return -1
}

function findLast(segment: readonly Token[], characters: readonly string[], from: number): number {
  for (let at = characters.length - segment.length; at >= from; at -= 1)
    if (matchesAt(segment, characters, at)) return at
  return -1
}

function matchesAt(segment: readonly Token[], characters: readonly string[], at: number): boolean {
  return (
    at + segment.length <= characters.length &&
    segment.every((token, index) => token === undefined || token === characters[at + index])
  )
}

/**
 * `*` is any run, `?` any character; a backslash protects `*`, `?`, itself, and the `}` and `/` of
 * the construct.
 */
function compile(pattern: string, valueLength: number): Segments {
  if (pattern.length * valueLength > maximumWork)
    throw new WordProblem('the pattern in the substitution is too long for its value')
  const segments: Token[][] = [[]]
  const characters = Array.from(pattern)
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index]
    if (character === '*') segments.push([])
    else if (character === '?') segments.at(-1)?.push(undefined)
    else if (character !== '\\') segments.at(-1)?.push(character)
    else {
      index += 1
      const escaped = characters[index]
      if (escaped === undefined || !'*?\\}/'.includes(escaped)) {
        throw new WordProblem(`invalid pattern (${pattern}) in substitution: invalid escape '\\${escaped ?? ''}'`)
      }
      segments.at(-1)?.push(escaped)
    }
  }
  return segments
}
