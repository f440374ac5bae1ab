/**
 * The option nearest to `word` when fewer than three single-character edits (insert, delete, replace) apart; the first of
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
export function didYouMean(word: string, options: Iterable<string>, show: (option: string) => string = (option) => option): { hint?: string } {
  const option = suggest(word, options)
  return option === undefined ? {} : { hint: `did you mean ${show(option)}?` }
}

/** Levenshtein distance, given up (with `limit`) as soon as the lengths alone differ that much. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? limit
}
