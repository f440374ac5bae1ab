import { UsageError } from '../invocation/usage-error.ts'

const units = ['', 'k', 'm', 'g', 't', 'p']

/**
 * Bytes of `64m`, `2g`, `1.5GiB` or `1048576`: binary units in any case. Throws `UsageError` that
 * names `flag`.
 */
export function parseSize(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text.trim())
  const bytes =
    match === null ? Number.NaN : Math.floor(Number(match[1]) * 1024 ** units.indexOf(match[2]?.toLowerCase() ?? ''))
  if (Number.isSafeInteger(bytes)) return bytes
  throw new UsageError(`invalid ${flag} "${text}": expected bytes or a number with a unit, such as 64m or 2g`)
}
