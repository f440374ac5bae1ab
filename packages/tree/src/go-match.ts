/**
 * Compiles a pattern of Go's `path/filepath.Match` (Unix): `*` and `?` do not match `/`, `[a-z]` and `[^a-z]` match any character in
 * or not in them, `\` takes the next character literally. The whole path must match. A malformed pattern matches nothing.
 */
export function goMatch(pattern: string): (path: string) => boolean {
  const source = translate(Array.from(pattern))
  if (source === undefined) return () => false
  const expression = new RegExp(`^${source}$`, 'su')
  return (path) => expression.test(path)
}

/** Tells whether a path is a pattern: it has `*`, `?` or `[` that no `\` stands before. */
export function hasWildcard(path: string): boolean {
  return /^(?:[^\\*?[]|\\.)*[*?[]/su.test(path)
}

function translate(characters: readonly string[]): string | undefined {
  let source = ''
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at]
    if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[') {
      const set = translateClass(characters, at + 1)
      if (set === undefined) return undefined
      source += set.source
      at = set.last
    } else {
      if (character === '\\') at += 1
      const literal = characters[at]
      if (literal === undefined) return undefined
      source += codePoint(literal)
    }
  }
  return source
}

/** A class from behind its `[` on, and where its `]` is. */
function translateClass(characters: readonly string[], start: number): { readonly source: string; readonly last: number } | undefined {
  const isNegated = characters[start] === '^'
  let at = isNegated ? start + 1 : start
  let ranges = ''
  const bound = (): string | undefined => {
    if (characters[at] === '-' || characters[at] === ']') return undefined
    if (characters[at] === '\\') at += 1
    at += 1
    return characters[at - 1]
  }
  for (let isFirst = true; isFirst || characters[at] !== ']'; isFirst = false) {
    const low = bound()
    let high = low
    if (characters[at] === '-') {
      at += 1
      high = bound()
    }
    if (low === undefined || high === undefined) return undefined
    if ((low.codePointAt(0) ?? 0) <= (high.codePointAt(0) ?? 0)) ranges += `${codePoint(low)}-${codePoint(high)}`
  }
  if (ranges === '') return { source: isNegated ? '.' : '(?!)', last: at }
  return { source: `[${isNegated ? '^' : ''}${ranges}]`, last: at }
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
