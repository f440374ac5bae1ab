import type { BuildFlags } from './build-flags.ts'
import { parseFields } from './csv.ts'
import { UsageError } from './usage-error.ts'

const requests = ['build', 'check', 'outline', 'targets'] as const

/** What `--call` and `--check` ask for. */
export interface Call {
  readonly request: (typeof requests)[number]
  /** The answer as JSON instead of text. */
  readonly json: boolean
}

/** Reads `--call method[,format=json|text]`; `--check` is `--call check`. */
export function parseCall({ call, check }: Pick<BuildFlags, 'call' | 'check'>): Call {
  const [method, ...options] = parseFields(call)
  const request = requests.find((name) => name === (check === true ? 'check' : method?.key))
  if (request === undefined) throw new UsageError(`Option --call cannot take "${call}": allowed are ${requests.join(', ')}`)
  let json = false
  for (const { key, value } of options) {
    if (key !== 'format' || (value !== 'json' && value !== 'text')) {
      throw new UsageError(`Option --call cannot take "${call}": after the method only format=json or format=text is allowed`)
    }
    json = value === 'json'
  }
  return { request, json }
}
