/** Edits within which BuildKit suggests a word (util/suggest). */
export const buildKitEdits = 2

/**
 * The option nearest to `word` if at most `most` edits (insert, delete or replace a character, swap
 * two) apart; the first of equals. Default is two edits, one for words of up to four characters,
 * which two edits make another word, and none for a single character. Undefined if no option is
 * near or `word` is itself an option.
 */
export function suggest(
  word: string,
  options: Iterable<string>,
  most: number = word.length < 2 ? 0 : word.length < 5 ? 1 : 2,
): string | undefined {
  let best: string | undefined
  let bestDistance = most + 1
  for (const option of options) {
    if (option === word) return undefined
    const distance = editDistance(word, option, bestDistance)
    if (distance < bestDistance) {
      best = option
      bestDistance = distance
    }
  }
  return best
}

/**
 * The nearest option for people, as a hint, and for programs: what to put in the place of the word.
 */
export interface Suggestion {
  readonly hint?: string
  readonly suggestion?: string
}

/** `did you mean X?` with the nearest option; nothing where none is near. */
export function didYouMean(
  word: string,
  options: Iterable<string>,
  show: (option: string) => string = (option) => option,
): Suggestion {
  const option = suggest(word, options)
  return option === undefined ? {} : { hint: `did you mean ${show(option)}?`, suggestion: show(option) }
}

/**
 * Edits that make `b` of `a`, given up (with `limit`) as soon as the lengths alone differ that
 * much.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i += 1) {
    rows.push([i])
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const distance = Math.min(replaced, at(i - 1, j) + 1, at(i, j - 1) + 1, swapped ? at(i - 2, j - 2) + 1 : limit)
      rows[i]?.push(distance)
    }
  }
  return at(a.length, b.length)
}
