import type { Dockerfile, Warning } from '../syntax/dockerfile.ts'
import { type Advice, toWarnings } from './advice.ts'
import { aptListsKept, aptRecommends } from './apt-get.ts'
import { missingHealthcheck, namedUser, shellEntrypoint } from './final-image.ts'
import { latestTag } from './latest-tag.ts'
import { trailingComment } from './trailing-comment.ts'

const all: readonly Advice[] = [
  trailingComment,
  latestTag,
  aptListsKept,
  shellEntrypoint,
  aptRecommends,
  namedUser,
  missingHealthcheck,
]

/** Rules of tsbuild's own, by name. */
export const adviceRules: ReadonlyMap<string, Pick<Advice, 'description' | 'recommended'>> = new Map(
  all.map((advice) => [advice.rule, advice]),
)

/** Sets of rules, beside their names. */
export const adviceSets = ['recommended', 'all'] as const

/**
 * Findings of the rules in `wanted`, names or sets, in file order. Comments that skip rules are for
 * `selectWarnings`.
 */
export function advise(dockerfile: Dockerfile, wanted: readonly string[]): readonly Warning[] {
  return all
    .filter(({ rule, recommended }) =>
      wanted.some((name) => name === rule || name === 'all' || (name === 'recommended' && recommended)),
    )
    .flatMap((advice) => toWarnings(advice, dockerfile))
    .sort((a, b) => a.range.start.line - b.range.start.line)
}
