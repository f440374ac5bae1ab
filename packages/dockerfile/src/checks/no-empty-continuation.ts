import type { Warning } from '../dockerfile.ts'
import type { Range } from '../range.ts'
import { warning } from './warning.ts'

/** A blank line inside a continued instruction; told at the instruction's last line, as the parser finds it. */
export function noEmptyContinuation(range: Range): Warning {
  return warning('NoEmptyContinuation', 'Empty continuation line', { start: { line: range.end.line, column: 1 }, end: range.end })
}
