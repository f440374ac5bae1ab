import { AT_EACCESS, O_CREAT, statusFlags } from '../listener/kernel.ts'
import { lookRows, type Quick, readText, sendAnswer } from '../listener/look-rows.ts'
import { NOTIF_ID_VALID } from '../listener/notification-calls.ts'
import { call, copy, jump, jumpIf, type Rows } from '../listener/rows.ts'
import { statLayout } from '../listener/stat-layout.ts'
import { actionRows } from '../ledger/quick-actions.ts'
import type { MarkedInodes } from '../ledger/marked-inodes.ts'
import { rowKind } from '../machine/row-kinds.ts'
import type { QuickFiles } from './quick-files.ts'
import { type NameSlots, slotState } from './paths/name-slots.ts'
import { READ } from './permissions.ts'
import { callNumber, type TrappedName } from './trapped.ts'

/** State that the rows read. */
export interface QuickState {
  /** Files that are not what the kernel shows: in the ledger, or below a mount. */
  readonly marked: MarkedInodes
  readonly slots: NameSlots
  readonly files: QuickFiles
  /** Device number of the root directory. */
  readonly device: number
  /** The supervisor's own ids, which the guest sees as 0. */
  readonly uid: number
  readonly gid: number
}

/**
 * Rows that answer, while all processes are root in the guest's root directory: the status of files
 * that a descriptor, or a name in an open directory, leads to; and calls with paths that are
 * remembered. All else is for the handlers.
 */
export function quickCalls(quick: Quick, state: QuickState): Rows {
  const { arch, memory } = quick
  const { zeros, number, directory, flags, textThere, result } = memory
  memory.keep(state)
  const calls: Readonly<Partial<Record<TrappedName, Rows>>> = {
    newfstatat: [
      copy(memory.argument(0), directory, 4),
      copy(memory.argument(1), textThere, 8),
      copy(memory.argument(2), result, 8),
      copy(memory.argument(3), flags, 4),
      jumpIf(flags, { mask: ~statusFlags, value: 0 }, 'look'),
      jump(zeros, 'given'),
    ],
    fstat: [copy(memory.argument(0), directory, 4), copy(memory.argument(1), result, 8), jump(zeros, 'look open')],
    rt_sigaction: actionRows(quick),
    readlink: linkRows(quick, state, { path: 0, label: 'readlink' }),
    readlinkat: linkRows(quick, state, { path: 1, label: 'readlinkat' }),
    access: accessRows(quick, state, { path: 0, label: 'access' }),
    faccessat: accessRows(quick, state, { path: 1, label: 'faccessat' }),
    faccessat2: [
      jumpIf(memory.argument(3), { mask: ~AT_EACCESS, value: 0 }, 'faccessat2 without links'),
      jump(zeros, 'given'),
      'faccessat2 without links',
      ...accessRows(quick, state, { path: 1, label: 'faccessat2' }),
    ],
    open: openRows(quick, state, { path: 0, label: 'open' }),
    openat: openRows(quick, state, { path: 1, label: 'openat' }),
  }
  const known = Object.entries(calls).flatMap(([name, rows]) => {
    const found = callNumber(arch, name)
    return found === undefined ? [] : [{ name, rows, found }]
  })
  return [
    'quick',
    ...known.map(({ name, found }) => jumpIf(number, found, `call ${name}`)),
    jump(zeros, 'given'),
    ...known.flatMap(({ name, rows }) => [`call ${name}`, ...rows]),
    ...lookRows(quick, { cwd: 'given', path: 'path', failed: 'given' }),
    'path',
    ...find(quick, state),
    jumpIf(memory.state + 4, slotState.missing, 'missing'),
    ...state.files.look(quick),
    'missing',
    // All calls report the same error for a missing path.
    copy(memory.state, memory.answered + 16, 4),
    jump(zeros, 'answer'),
    ...showRows(quick, state),
    ...state.files.open(quick),
    'go on',
    ...sendAnswer(quick, memory.goOn),
    'answer',
    ...sendAnswer(quick, memory.answered),
  ]
}

interface Named {
  /** Index of the argument. */
  readonly path: number
  readonly label: string
}

/** Puts the word of a path into `state`. */
function find({ memory }: Quick, { slots }: QuickState): Rows {
  const { text, textThere, state } = memory
  return [{ kind: rowKind.find, args: [text, textThere + 8, ...slots.place, state], away: 'given' }]
}

function pathRows(quick: Quick, state: QuickState, { path, label }: Named): Rows {
  const { memory } = quick
  return [
    copy(memory.argument(path), memory.textThere, 8),
    ...readText(quick, `text of ${label}`),
    ...find(quick, state),
  ]
}

function linkRows(quick: Quick, state: QuickState, named: Named): Rows {
  const { memory } = quick
  const room = memory.argument(named.path + 2)
  return [
    // No room is an error before all others.
    jumpIf(room, 0, 'given'),
    jumpIf(room, { mask: 0x80000000, value: 0x80000000 }, 'given'),
    ...pathRows(quick, state, named),
    copy(memory.state, memory.answered + 16, 4),
    jump(memory.zeros, 'answer'),
  ]
}

function accessRows(quick: Quick, state: QuickState, named: Named): Rows {
  const { memory } = quick
  const mode = memory.argument(named.path + 1)
  const asks = `asks for ${named.label}`
  const isThere = `finds ${named.label}`
  return [
    jumpIf(mode, { mask: ~7, value: 0 }, asks),
    jump(memory.zeros, 'given'),
    asks,
    ...pathRows(quick, state, named),
    jumpIf(memory.state + 4, slotState.missing, 'missing'),
    // Root may read all files.
    jumpIf(mode, { mask: ~READ, value: 0 }, isThere),
    jump(memory.zeros, 'given'),
    isThere,
    copy(memory.zeros, memory.answered + 16, 4),
    jump(memory.zeros, 'answer'),
  ]
}

function openRows(quick: Quick, state: QuickState, named: Named): Rows {
  const { memory } = quick
  const flags = memory.argument(named.path + 1)
  const opens = `opens ${named.label}`
  return [
    jumpIf(flags, { mask: O_CREAT, value: O_CREAT }, 'given'),
    ...pathRows(quick, state, named),
    jumpIf(memory.state + 4, slotState.missing, 'missing'),
    jumpIf(memory.state + 4, slotState.plain, opens),
    jump(memory.zeros, 'given'),
    opens,
    ...state.files.check(quick, flags),
  ]
}

/** Rows from `found` on: give the status to the caller. */
function showRows(quick: Quick, { marked, device, uid, gid }: QuickState): Rows {
  const { arch, fd, memory } = quick
  const { zeros, stat, thread, result, statHere, statThere } = memory
  const at = statLayout[arch]
  return [
    'found',
    jumpIf(stat.address + at.dev, device, 'in root'),
    jump(zeros, 'given'),
    'in root',
    { kind: rowKind.mark, args: [stat.address + at.ino, ...marked.place], away: 'given' },
    jumpIf(stat.address + at.uid, uid, 'of builder'),
    jump(zeros, 'given'),
    'of builder',
    jumpIf(stat.address + at.gid, gid, 'of its group'),
    jump(zeros, 'given'),
    'of its group',
    copy(zeros, stat.address + at.uid, 4),
    copy(zeros, stat.address + at.gid, 4),
    copy(result, statThere, 8),
    copy(thread, { row: 'write status', argument: 0 }, 4),
    // The id of a thread that was killed may be another's by now.
    call(arch, 'ioctl', { args: [fd, NOTIF_ID_VALID, memory.id], away: 'receive' }),
    'write status',
    call(arch, 'process_vm_writev', { args: [0, statHere, 1, statThere, 1, 0], away: 'given' }),
    // Less is written if a part of it is on a page that is missing or read-only.
    jumpIf(memory.done, at.size, 'written'),
    jump(zeros, 'given'),
    'written',
    copy(zeros, memory.answered + 16, 4),
    jump(zeros, 'answer'),
  ]
}
