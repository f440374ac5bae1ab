import type { Quick } from '../listener/look-rows.ts'
import { call, copy, jump, jumpIf, type Rows } from '../listener/rows.ts'
import { mostSpecialHandler, SA_RESTART } from './restarts.ts'

/**
 * Rows that let the kernel set a handler of signals that need not be marked (`restarts.ts`): they
 * go on at `go on`.
 */
export function actionRows({ arch, memory }: Quick): Rows {
  const { zeros, thread, text, headHere, headThere } = memory
  return [
    copy(memory.argument(1), headThere, 8),
    copy(thread, { row: 'read action', argument: 0 }, 4),
    'read action',
    // Handler and flags.
    call(arch, 'process_vm_readv', { args: [0, headHere, 1, headThere, 1, 0], away: 'given' }),
    jumpIf(text + 8, { mask: SA_RESTART, value: SA_RESTART }, 'go on'),
    jumpIf(text + 4, 0, 'low handler'),
    jump(zeros, 'given'),
    'low handler',
    jumpIf(text, { mask: ~mostSpecialHandler, value: 0 }, 'go on'),
    jump(zeros, 'given'),
  ]
}
