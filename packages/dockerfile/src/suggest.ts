/**
 * The option nearest to `word` when fewer than three edits (insert, delete or replace a character, swap two) apart; the first of
 * equals. Undefined when nothing is near or `word` is itself an option.
 */
export function suggest(word: string, options: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = 3
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

/** `did you mean X?` with the nearest option, ready to be a hint. */
export function didYouMean(
  word: string,
  options: Iterable<string>,
  show: (option: string) => string = (option) => option,
): { hint?: string } {
  const option = suggest(word, options)
  return option === undefined ? {} : { hint: `did you mean ${show(option)}?` }
}

/** Edits that make `b` of `a`, given up (with `limit`) as soon as the lengths alone differ that much. */
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
