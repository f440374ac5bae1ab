import type { LoweredTarget } from '../frontend/lowered.ts'
import type { BuildWarning } from '../options.ts'

/** The warnings of all platforms, each once. */
export function buildWarnings(targets: readonly LoweredTarget[]): readonly BuildWarning[] {
  const distinct = new Map<string, BuildWarning>()
  for (const { rule, message, range, url } of targets.flatMap(({ warnings }) => warnings)) {
    const warning = { code: rule, message, line: range.start.line, ...(url === undefined ? {} : { url }) }
    distinct.set(JSON.stringify(warning), warning)
  }
  return [...distinct.values()]
}
