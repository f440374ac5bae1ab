import { isSeed, seedForm } from '../../option-words.ts'
import type { CacheVerify } from '../../option-values.ts'
import { UsageError } from '../invocation/usage-error.ts'

const hint = 'write a percentage, then ,strict or ,seed=TEXT if wanted: 10% or 10%,strict'

/**
 * Reads `--cache-verify` and `$TSBUILD_CACHE_VERIFY`: a percentage, then `strict` and `seed=…`, or
 * `false`; undefined for no verification. Throws `UsageError` that names `what`.
 */
export function parseCacheVerify(what: string, text: string): CacheVerify | undefined {
  if (['false', '0', 'off'].includes(text)) return undefined
  const [share = '', ...fields] = text.split(',').map((field) => field.trim())
  const [, digits] = /^(\d+(?:\.\d+)?)%?$/.exec(share) ?? []
  const percent = Number(digits)
  if (!(percent > 0 && percent <= 100))
    throw new UsageError(`invalid ${what} "${text}": expected a percentage above 0, at most 100`, { hint })
  return fields.reduce<CacheVerify>((verify, field) => ({ ...verify, ...readField(field, { what, text }) }), {
    percent,
  })
}

function readField(
  field: string,
  { what, text }: { readonly what: string; readonly text: string },
): Pick<CacheVerify, 'seed' | 'strict'> {
  const [name, ...rest] = field.split('=')
  const value = rest.length === 0 ? undefined : rest.join('=')
  if (name === 'strict' && (value === undefined || value === 'true')) return { strict: true }
  if (name === 'strict' && value === 'false') return { strict: false }
  if (name === 'seed' && value !== undefined) {
    if (isSeed(value)) return { seed: value }
    throw new UsageError(`invalid ${what} "${text}": expected as seed ${seedForm}`, { hint })
  }
  throw new UsageError(`invalid ${what} "${text}": unknown field "${field}"`, { hint })
}
