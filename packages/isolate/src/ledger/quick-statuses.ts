import { lookRows, type Quick, sendAnswer } from '../listener/look-rows.ts'
import { copy, jump, jumpIf, type Rows } from '../listener/rows.ts'
import { statLayout } from '../listener/stat-layout.ts'
import { rowKind } from '../machine/row-kinds.ts'
import { actionRows } from './quick-actions.ts'
import type { MarkedInodes } from './marked-inodes.ts'
import { ledgerNumbers } from './trapped.ts'

/**
 * Rows that let the kernel answer stat(2) and its relatives for files without an entry in the
 * ledger, for root. All else is for the handlers.
 */
export function quickStatuses(quick: Quick, marked: MarkedInodes): Rows {
  const { arch, memory } = quick
  memory.keep(marked)
  const column = arch === 'x64' ? 0 : 1
  const { zeros, number, directory, flags, textThere, path } = memory
  const { newfstatat, statx, fstat, rt_sigaction } = ledgerNumbers
  return [
    'quick',
    jumpIf(number, newfstatat[column], 'newfstatat'),
    jumpIf(number, statx[column], 'statx'),
    jumpIf(number, fstat[column], 'fstat'),
    jumpIf(number, rt_sigaction[column], 'rt_sigaction'),
    jump(zeros, 'given'),
    'newfstatat',
    copy(memory.argument(3), flags, 4),
    jump(zeros, 'named'),
    'statx',
    copy(memory.argument(2), flags, 4),
    'named',
    copy(memory.argument(0), directory, 4),
    copy(memory.argument(1), textThere, 8),
    ...lookRows(quick, { cwd: 'look in cwd', path: 'given' }),
    'look in cwd',
    copy(memory.cwdTemplate, path + 16, 16),
    jump(zeros, 'look at'),
    'rt_sigaction',
    ...actionRows(quick),
    'fstat',
    copy(memory.argument(0), directory, 4),
    jump(zeros, 'look open'),
    'found',
    { kind: rowKind.mark, args: [memory.stat.address + statLayout[arch].ino, ...marked.place], away: 'given' },
    'go on',
    ...sendAnswer(quick, memory.goOn),
  ]
}
