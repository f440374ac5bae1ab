import type { Warning } from '../syntax/dockerfile.ts'
import type { Range } from '@tsbuild/errors'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** A blank line inside a continued instruction: only the parser sees it. */
export const noEmptyContinuation: Check = {
  rule: 'NoEmptyContinuation',
  scope: 'file',
  run: (dockerfile) => dockerfile.warnings.filter((found) => found.rule === 'NoEmptyContinuation'),
}

/** The warning, at the instruction's last line. */
export function emptyContinuation(range: Range): Warning {
  return warning('NoEmptyContinuation', 'Empty continuation line', {
    start: { line: range.end.line, column: 1 },
    end: range.end,
  })
}
