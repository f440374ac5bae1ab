// History texts are made by Go's fmt in the tools everybody compares with: these functions write
// what fmt writes.

/** A string as `%q` prints it. */
export function quoteGo(text: string): string {
  let quoted = '"'
  for (const character of text) quoted += escapes.get(character) ?? (isPrintable(character) ? character : escapeCode(character))
  return `${quoted}"`
}

/** A list of strings as `%q` prints it: `["a" "b"]`. */
export function quoteGoList(list: readonly string[]): string {
  return `[${list.map(quoteGo).join(' ')}]`
}

/** A list of strings as `%v` prints it: `[a b]`. */
export function formatGoList(list: readonly string[]): string {
  return `[${list.join(' ')}]`
}

/** A duration of whole nanoseconds as Go prints it: `1h30m0s`, `1.5s`, `20ms`, `0s`. */
export function formatGoDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${fraction(nanoseconds, 1e3)}µs`
  if (nanoseconds < 1e9) return `${fraction(nanoseconds, 1e6)}ms`
  const minutes = Math.floor(nanoseconds / 60e9)
  const seconds = `${fraction(nanoseconds - minutes * 60e9, 1e9)}s`
  if (minutes === 0) return seconds
  if (minutes < 60) return `${minutes}m${seconds}`
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

/** Go prints letters, marks, numbers, punctuation, symbols and the ASCII blank. */
function isPrintable(character: string): boolean {
  return character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)
}

function escapeCode(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
}

/** `value / unit` with all its decimals and no trailing zeros, without floating point noise. */
function fraction(value: number, unit: number): string {
  const decimals = String(value % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '')
  return `${Math.floor(value / unit)}${decimals === '' ? '' : `.${decimals}`}`
}
