import { cleanPath } from './clean-path.ts'
import type { CompiledPattern } from './compile-pattern.ts'

/** One line of an ignore file. */
export interface IgnoreRule {
  /** As written, without blanks around it. */
  readonly pattern: string
  /** Line in the file, or place in the list, from 1. */
  readonly line: number
  /** Written with `!`: re-includes. */
  readonly negated: boolean
  readonly compiled: CompiledPattern
}

/** Reason why a path is ignored or re-included. */
export type IgnoreReason = Omit<IgnoreRule, 'compiled'>

/**
 * Decides which paths of a context are left out. Paths are relative to its root, separated by `/`.
 */
export interface IgnoreMatcher {
  /** The rules in order, without comments and blank lines. */
  readonly rules: readonly IgnoreReason[]
  /** The path is ignored, itself or through a parent. The root never is. */
  matches(path: string): boolean
  /**
   * The rule that had the last word: it ignored the path, or re-included it (`negated`). Undefined
   * when no rule applied.
   */
  why(path: string): IgnoreReason | undefined
  /**
   * Something in the directory may be wanted: false only when the directory and all below it can be
   * skipped.
   */
  mayContain(directory: string): boolean
}

/**
 * Results of the rules for one path: for each whether it matches the path or a parent, and the one
 * that decided.
 */
interface Verdict {
  readonly matched: readonly boolean[]
  readonly rule: IgnoreRule | undefined
}

/** Directories whose verdicts are kept; a walk asks for the same few again and again. */
const remembered = 4096

/**
 * A matcher of rules in order, the last one that applies deciding. A rule applies when it matches
 * the path or one of its parents, and changes something: `!` only what is ignored so far, the
 * others only what is not.
 */
export function createIgnoreMatcher(rules: readonly IgnoreRule[]): IgnoreMatcher {
  const directories = new Map<string, Verdict>()
  const root: Verdict = { matched: rules.map(() => false), rule: undefined }
  const negations = rules.filter((rule) => rule.negated)

  const directoryVerdict = (directory: string): Verdict => {
    if (directory === '') return root
    const known = directories.get(directory)
    if (known !== undefined) return known
    const verdict = judge(rules, directory, directoryVerdict(parentPath(directory)))
    if (directories.size >= remembered) directories.clear()
    directories.set(directory, verdict)
    return verdict
  }
  const decide = (path: string): Verdict => {
    const clean = cleanPath(path).replace(/^\/+/, '')
    return clean === '.' || clean === '' ? root : judge(rules, clean, directoryVerdict(parentPath(clean)))
  }
  const ignores = (verdict: Verdict): boolean => verdict.rule?.negated === false

  return {
    rules: rules.map(formatReason),
    matches: (path) => rules.length > 0 && ignores(decide(path)),
    why(path) {
      const { rule } = decide(path)
      return rule === undefined ? undefined : formatReason(rule)
    },
    mayContain(directory) {
      if (!ignores(decide(directory))) return true
      const prefix = `${cleanPath(directory)}/`
      return negations.some((rule) => rule.compiled.couldMatch(prefix))
    },
  }
}

function judge(rules: readonly IgnoreRule[], path: string, parent: Verdict): Verdict {
  let decided: IgnoreRule | undefined
  const matched = rules.map((rule, index) => {
    const matches = parent.matched[index] === true || rule.compiled.matches(path)
    const ignored = decided?.negated === false
    if (matches && rule.negated === ignored) decided = rule
    return matches
  })
  return { matched, rule: decided }
}

function formatReason({ pattern, line, negated }: IgnoreRule): IgnoreReason {
  return { pattern, line, negated }
}

function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
