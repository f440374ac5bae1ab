import { didYouMean } from '@tsbuild/dockerfile'
import { ulimitNames } from '../../option-words.ts'
import type { Ulimit, UlimitName } from '../../option-values.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** A `--ulimit` value, `name=soft[:hard]`; -1 is unlimited. */
export function parseUlimit(text: string): readonly [name: UlimitName, limit: Ulimit] {
  const [, word = text, soft, hard] = /^(\w+)=(-1|\d{1,15})(?::(-1|\d{1,15}))?$/.exec(text) ?? []
  const name = ulimitNames.find((known) => known === word)
  if (name === undefined || soft === undefined) {
    const message = `invalid --ulimit "${text}": expected name=soft[:hard] with one of ${ulimitNames.join(', ')}`
    throw new UsageError(message, didYouMean(word, ulimitNames))
  }
  if (hard !== undefined && limit(soft) > limit(hard)) {
    throw new UsageError(`invalid --ulimit "${text}": the soft limit is above the hard limit`)
  }
  return [name, hard === undefined ? Number(soft) : { soft: Number(soft), hard: Number(hard) }]
}

function limit(text: string): number {
  return text === '-1' ? Number.POSITIVE_INFINITY : Number(text)
}
