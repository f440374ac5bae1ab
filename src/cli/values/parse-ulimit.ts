import { didYouMean } from '@tsbuild/dockerfile'
import { UsageError } from '../invocation/usage-error.ts'

const names = 'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
  ' ',
)

/** A `--ulimit` value, `name=soft[:hard]`, checked and returned as it is; -1 is unlimited. */
export function parseUlimit(text: string): string {
  const [, name, soft, hard] = /^(\w+)=(-1|\d+)(?::(-1|\d+))?$/.exec(text) ?? []
  if (name === undefined || !names.includes(name)) {
    const message = `invalid --ulimit "${text}": expected name=soft[:hard] with one of ${names.join(', ')}`
    throw new UsageError(message, didYouMean(name ?? text, names))
  }
  if (hard !== undefined && limit(soft) > limit(hard)) {
    throw new UsageError(`invalid --ulimit "${text}": the soft limit is above the hard limit`)
  }
  return text
}

function limit(text: string | undefined): number {
  return text === '-1' ? Number.POSITIVE_INFINITY : Number(text)
}
