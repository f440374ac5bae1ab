import { trim } from '../text/blank.ts'
import { DockerfileError, withRange } from '../text/errors.ts'
import { decodeText } from '../text/physical-lines.ts'
import { cleanPath } from './clean-path.ts'
import { compilePattern } from './compile-pattern.ts'
import { createIgnoreMatcher, type IgnoreMatcher, type IgnoreRule } from './ignore-matcher.ts'

/** Limit of rules. More of them make every path of a context expensive. */
const maximumRules = 10_000

/**
 * Reads a `.dockerignore`: one pattern a line, `#` in the first column starts a comment, `!`
 * re-includes. Throws PATTERN_INVALID with the line as range.
 */
export function parseIgnore(input: string | Uint8Array): IgnoreMatcher {
  const lines = decodeText(input).split('\n')
  const rules = lines.flatMap((line, index) => {
    if (line.startsWith('#')) return []
    const pattern = trim(line)
    if (pattern === '') return []
    const negated = pattern.startsWith('!')
    const path = withoutRoot(negated ? trim(pattern.slice(1)) : pattern)
    const start = { line: index + 1, column: 1 }
    const range = { start, end: { ...start, column: pattern.length + 1 } }
    return [withRange(range, () => compileRule({ pattern, path, negated, line: index + 1 }))]
  })
  return createMatcher(rules)
}

/**
 * A matcher of patterns from flags (`--exclude`): the language of `.dockerignore` without comments,
 * and with a leading `/` taken as it is. Throws PATTERN_INVALID, without a range.
 */
export function compilePatterns(patterns: readonly string[]): IgnoreMatcher {
  const rules = patterns.flatMap((text, index) => {
    const pattern = trim(text)
    if (pattern === '') return []
    const negated = pattern.startsWith('!')
    return [compileRule({ pattern, path: negated ? pattern.slice(1) : pattern, negated, line: index + 1 })]
  })
  return createMatcher(rules)
}

function createMatcher(rules: readonly IgnoreRule[]): IgnoreMatcher {
  if (rules.length > maximumRules) throw new DockerfileError('TOO_LARGE', `more than ${maximumRules} patterns`)
  return createIgnoreMatcher(rules)
}

function compileRule(rule: { pattern: string; path: string; negated: boolean; line: number }): IgnoreRule {
  const { pattern, path, negated, line } = rule
  if (path === '' || (negated && cleanPath(path) === '/'))
    throw new DockerfileError('PATTERN_INVALID', 'illegal exclusion pattern: "!"')
  return { pattern, line, negated, compiled: compilePattern(cleanPath(path)) }
}

/** `/a` means `a`: the context is the root. */
function withoutRoot(pattern: string): string {
  const clean = cleanPath(pattern)
  return clean.length > 1 && clean.startsWith('/') ? clean.slice(1) : pattern
}
