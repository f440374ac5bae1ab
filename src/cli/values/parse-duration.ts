import { UsageError } from '../invocation/usage-error.ts'

const seconds: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
])

/** Seconds of `90s`, `24h`, `7d` or `1h30m`. Throws `UsageError` that names `flag`. */
export function parseDuration(flag: string, text: string): number {
  if (!/^(\d+[smhdw])+$/.test(text)) {
    throw new UsageError(`invalid ${flag} "${text}": expected a duration such as 90s, 24h or 7d`)
  }
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (seconds.get(unit ?? '') ?? 0),
    0,
  )
}
