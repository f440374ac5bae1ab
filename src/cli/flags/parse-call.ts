import type { BuildFlags } from './build-flags.ts'
import { parseFields } from '../values/specs/csv.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { parseBoolean } from '../values/parse-boolean.ts'
import { UsageError } from '../invocation/usage-error.ts'

const requests = ['build', 'check', 'outline', 'targets'] as const
const formats = ['text', 'json', 'sarif', 'codequality'] as const

/** Request of `--call` and `--check`. */
export interface Call {
  readonly request: (typeof requests)[number]
  /** Form of the answer. `sarif` and `codequality` are forms of `check` alone. */
  readonly format: (typeof formats)[number]
  /** Warnings do not make the exit code 1. */
  readonly ignoreStatus: boolean
}

/**
 * Reads `--call method[,format=FORMAT][,ignorestatus]`; `--check` is `--call check`, and so is
 * `--call lint`.
 */
export function parseCall({ call, check }: Pick<BuildFlags, 'call' | 'check'>): Call {
  const [method, ...options] = parseFields(call)
  const asked = check === true || method?.key === 'lint' ? 'check' : method?.key
  const request = requests.find((name) => name === asked)
  if (request === undefined) throw notAllowed('--call', call, requests)
  let format: Call['format'] = 'text'
  let ignoreStatus = false
  for (const { key, value } of options) {
    if (key === 'ignorestatus') ignoreStatus = parseBoolean('--call ignorestatus', value)
    else if (key === 'format') format = parseFormat(value, request)
    else throw new UsageError(`invalid --call "${call}": expected format=FORMAT or ignorestatus after the method`)
  }
  return { request, format, ignoreStatus }
}

function parseFormat(text: string | undefined, request: Call['request']): Call['format'] {
  const known = request === 'check' ? formats : formats.slice(0, 2)
  const format = known.find((name) => name === text)
  if (format === undefined) throw notAllowed('--call format', text ?? '', known)
  return format
}
