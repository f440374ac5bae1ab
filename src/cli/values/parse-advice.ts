import { adviceRules, adviceSets } from '@tsbuild/dockerfile'
import type { BuildOptions } from '../../options.ts'
import { notAllowed } from '../invocation/not-allowed.ts'

/** Rules of `--advice`, comma-separated. Throws `UsageError` for an unknown one. */
export function parseAdvice(values: readonly string[]): Pick<BuildOptions, 'advice'> {
  const known = [...adviceSets, ...adviceRules.keys()]
  const names = values.flatMap((value) => value.split(','))
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw notAllowed('--advice', unknown, known)
  return names.length === 0 ? {} : { advice: names }
}
