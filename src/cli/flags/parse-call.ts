import type { BuildFlags } from './build-flags.ts'
import { parseFields } from '../values/csv.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { parseBoolean } from '../values/parse-boolean.ts'
import { UsageError } from '../invocation/usage-error.ts'

const requests = ['build', 'check', 'outline', 'targets'] as const

/** Request of `--call` and `--check`. */
export interface Call {
  readonly request: (typeof requests)[number]
  /** The answer as JSON instead of text. */
  readonly json: boolean
  /** Warnings do not make the exit code 1. */
  readonly ignoreStatus: boolean
}

/**
 * Reads `--call method[,format=json|text][,ignorestatus]`; `--check` is `--call check`, and so is
 * `--call lint`.
 */
export function parseCall({ call, check }: Pick<BuildFlags, 'call' | 'check'>): Call {
  const [method, ...options] = parseFields(call)
  const asked = check === true || method?.key === 'lint' ? 'check' : method?.key
  const request = requests.find((name) => name === asked)
  if (request === undefined) throw notAllowed('--call', call, requests)
  let json = false
  let ignoreStatus = false
  for (const { key, value } of options) {
    if (key === 'ignorestatus') ignoreStatus = parseBoolean('--call ignorestatus', value)
    else if (key === 'format' && (value === 'json' || value === 'text')) json = value === 'json'
    else
      throw new UsageError(
        `invalid --call "${call}": expected format=json, format=text or ignorestatus after the method`,
      )
  }
  return { request, json, ignoreStatus }
}
