/** True if a character matches one place of a pattern. */
type Place = (character: string) => boolean

/** Part of a pattern between two stars, or at an end of the pattern. */
interface Chunk {
  /** Any run of characters without `/` may come before it. */
  readonly star: boolean
  readonly places: readonly Place[]
}

/**
 * Compiles a pattern of Go's `path/filepath.Match` (Unix): `*` and `?` do not match `/`, `[a-z]`
 * and `[^a-z]` match any character in or not in them, `\` takes the next character literally. The
 * whole path must match. A malformed pattern matches no path. A match takes at most length of path
 * × length of pattern steps.
 */
export function goMatch(pattern: string): (path: string) => boolean {
  const chunks = readChunks(Array.from(pattern))
  return chunks === undefined ? () => false : (path) => matchChunks(chunks, path)
}

/** True for a malformed pattern: a class is not closed, or a `\` is the last character. */
export function isMalformed(pattern: string): boolean {
  return readChunks(Array.from(pattern)) === undefined
}

/** Tells whether a path is a pattern: it has `*`, `?` or `[` that no `\` stands before. */
export function hasWildcard(path: string): boolean {
  return /^(?:[^\\*?[]|\\.)*[*?[]/su.test(path)
}

/**
 * Each chunk is taken where it fits first, as in Go: what stars before it swallowed is not tried
 * again.
 */
function matchChunks(chunks: readonly Chunk[], path: string): boolean {
  let at = 0
  for (const [index, chunk] of chunks.entries()) {
    const isLast = index === chunks.length - 1
    if (isLast && chunk.star && chunk.places.length === 0) return !path.includes('/', at)
    at = findChunk(chunk, path, { from: at, toEnd: isLast })
    if (at === -1) return false
  }
  return at === path.length
}

/** End of the chunk, or -1. */
function findChunk(
  { star, places }: Chunk,
  path: string,
  { from, toEnd }: { readonly from: number; readonly toEnd: boolean },
): number {
  for (let start = from; ; start += characterAt(path, start).length) {
    const end = findEnd(places, path, start)
    if (end !== -1 && (!toEnd || end === path.length)) return end
    if (!star || start >= path.length || path[start] === '/') return -1
  }
}

function findEnd(places: readonly Place[], path: string, start: number): number {
  let at = start
  for (const fits of places) {
    const character = characterAt(path, at)
    if (character === '' || !fits(character)) return -1
    at += character.length
  }
  return at
}

function characterAt(path: string, at: number): string {
  const code = path.codePointAt(at)
  return code === undefined ? '' : String.fromCodePoint(code)
}

function readChunks(characters: readonly string[]): readonly Chunk[] | undefined {
  const chunks: Chunk[] = []
  let places: Place[] = []
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at]
    if (character === '*' || chunks.length === 0) {
      places = []
      chunks.push({ star: character === '*', places })
    }
    if (character === '*') continue
    if (character === '?') places.push((found) => found !== '/')
    else if (character === '[') {
      const set = readClass(characters, at + 1)
      if (set === undefined) return undefined
      places.push(set.fits)
      at = set.last
    } else {
      if (character === '\\') at += 1
      const literal = characters[at]
      if (literal === undefined) return undefined
      places.push((found) => found === literal)
    }
  }
  return chunks
}

/** A class from behind its `[` on, and where its `]` is. */
function readClass(
  characters: readonly string[],
  start: number,
): { readonly fits: Place; readonly last: number } | undefined {
  const isNegated = characters[start] === '^'
  let at = isNegated ? start + 1 : start
  const ranges: (readonly [low: number, high: number])[] = []
  const bound = (): number | undefined => {
    if (characters[at] === '-' || characters[at] === ']') return undefined
    if (characters[at] === '\\') at += 1
    at += 1
    return characters[at - 1]?.codePointAt(0)
  }
  for (let isFirst = true; isFirst || characters[at] !== ']'; isFirst = false) {
    const low = bound()
    let high = low
    if (characters[at] === '-') {
      at += 1
      high = bound()
    }
    if (low === undefined || high === undefined) return undefined
    ranges.push([low, high])
  }
  const fits = (found: string): boolean => {
    const code = found.codePointAt(0) ?? 0
    return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated
  }
  return { fits, last: at }
}
