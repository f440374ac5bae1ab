import { AT_EACCESS, AT_SYMLINK_NOFOLLOW, openFlags, statusFlags } from '../listener/kernel.ts'
import { lookRows, type Quick, readText, sendAnswer } from '../listener/look-rows.ts'
import { copy, jump, jumpIf, type Rows } from '../listener/rows.ts'
import { actionRows } from '../ledger/quick-actions.ts'
import { rowKind } from '../machine/row-kinds.ts'
import type { QuickFiles } from './quick-files.ts'
import type { QuickPaths } from './quick-paths.ts'
import type { QuickStatuses } from './quick-statuses.ts'
import { type NameSlots, slotState } from './paths/name-slots.ts'
import { EXECUTE, READ, WRITE } from './permissions.ts'
import { callNumber, type TrappedName } from './trapped.ts'

/** State that the rows read. */
export interface QuickState {
  readonly slots: NameSlots
  readonly files: QuickFiles
  readonly paths: QuickPaths
  readonly statuses: QuickStatuses
}

/**
 * Rows that answer, while all processes are root in the guest's root directory: the status of files
 * that a descriptor, or a name in an open directory, leads to; and calls with absolute paths that
 * are remembered, or have no symlink and no mount in them. All else is for the handlers.
 */
export function quickCalls(quick: Quick, state: QuickState): Rows {
  const { arch, memory } = quick
  const { zeros, flags } = memory
  const { files, paths, statuses } = state
  memory.keep(state)
  const calls = callRows(quick, state)
  const isAccess = (label: string): Rows => goTo(quick, ['access', 'faccessat', 'faccessat2'], () => label)
  const known = Object.entries(calls).filter(([name]) => callNumber(arch, name) !== undefined)
  return [
    'quick',
    ...goTo(quick, Object.keys(calls), (name) => `call ${name}`),
    jump(zeros, 'given'),
    ...known.flatMap(([name, rows]) => [`call ${name}`, ...rows]),
    ...lookRows(quick, { cwd: 'given', path: 'path', failed: 'given' }),
    'path',
    ...find(quick, state),
    jumpIf(memory.state + 4, slotState.missing, 'missing'),
    jumpIf(memory.state + 4, slotState.leads, 'leads'),
    ...files.look(quick, isAccess),
    'leads',
    jumpIf(flags, { mask: AT_SYMLINK_NOFOLLOW, value: AT_SYMLINK_NOFOLLOW }, 'given'),
    jump(zeros, 'known'),
    'missing',
    // All calls report the same error for a missing path.
    copy(memory.state, memory.answered + 16, 4),
    jump(zeros, 'answer'),
    'unknown',
    ...paths.check(quick),
    ...goTo(quick, ['open', 'openat'], () => 'open unknown'),
    ...goTo(quick, ['readlink', 'readlinkat'], () => 'read unknown'),
    ...paths.look(quick, isAccess),
    ...paths.reach(quick),
    'read unknown',
    ...paths.readLink(quick),
    'open unknown',
    ...paths.lookToOpen(quick),
    ...paths.fail(quick),
    ...statuses.showOpened(quick),
    ...statuses.show(quick),
    ...files.open(quick),
    'go on',
    ...sendAnswer(quick, memory.goOn),
    'answer',
    ...sendAnswer(quick, memory.answered),
  ]
}

/** Rows that jump for calls of these names. */
function goTo({ arch, memory }: Quick, names: readonly string[], label: (name: string) => string): Rows {
  return names.flatMap((name) => {
    const found = callNumber(arch, name)
    return found === undefined ? [] : [jumpIf(memory.number, found, label(name))]
  })
}

/** Rows that take the arguments of each call. */
function callRows(quick: Quick, state: QuickState): Readonly<Partial<Record<TrappedName, Rows>>> {
  const { memory } = quick
  const { zeros, directory, flags, textThere, result } = memory
  const lookByPath = (lookFlags: number): Rows => [
    copy(memory.atCwd, directory, 4),
    copy(memory.argument(0), textThere, 8),
    copy(memory.argument(1), result, 8),
    copy(lookFlags, flags, 4),
    jump(zeros, 'look'),
  ]
  return {
    newfstatat: [
      copy(memory.argument(0), directory, 4),
      copy(memory.argument(1), textThere, 8),
      copy(memory.argument(2), result, 8),
      copy(memory.argument(3), flags, 4),
      jumpIf(flags, { mask: ~statusFlags, value: 0 }, 'look'),
      jump(zeros, 'given'),
    ],
    stat: lookByPath(memory.zeros),
    lstat: lookByPath(memory.atNoFollow),
    fstat: [copy(memory.argument(0), directory, 4), copy(memory.argument(1), result, 8), jump(zeros, 'look open')],
    statx: [...state.statuses.readArguments(quick), ...readText(quick, 'text of statx'), jump(zeros, 'path')],
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
}

interface Named {
  /** Index of the argument. */
  readonly path: number
  readonly label: string
}

/** Puts the word of a path into `state`. */
function find({ memory }: Quick, { slots }: QuickState): Rows {
  const { text, textThere, state } = memory
  return [{ kind: rowKind.find, args: [text, textThere + 8, ...slots.place, state], away: 'unknown' }]
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
    jumpIf(memory.state + 4, slotState.leads, 'given'),
    copy(memory.state, memory.answered + 16, 4),
    jump(memory.zeros, 'answer'),
  ]
}

function accessRows(quick: Quick, state: QuickState, named: Named): Rows {
  const { memory } = quick
  const asks = `asks for ${named.label}`
  return [
    copy(memory.argument(named.path + 1), memory.flags, 4),
    jumpIf(memory.flags, { mask: ~(READ | WRITE | EXECUTE), value: 0 }, asks),
    jump(memory.zeros, 'given'),
    asks,
    ...pathRows(quick, state, named),
    jumpIf(memory.state + 4, slotState.missing, 'missing'),
    jump(memory.zeros, 'known'),
  ]
}

function openRows(quick: Quick, state: QuickState, named: Named): Rows {
  const { memory, arch } = quick
  const { flags, zeros } = memory
  const { directory } = openFlags[arch]
  const readName = copy(memory.argument(named.path), memory.textThere, 8)
  return [
    copy(memory.argument(named.path + 1), flags, 4),
    ...state.files.check(quick, `reads ${named.label}`),
    jumpIf(flags, { mask: directory, value: directory }, `lists ${named.label}`),
    ...pathRows(quick, state, named),
    jumpIf(memory.state + 4, slotState.missing, 'missing'),
    jumpIf(memory.state + 4, slotState.plain, 'open'),
    jumpIf(memory.state + 4, slotState.leads, 'open'),
    jump(zeros, 'unknown'),
    // Remembered files may be no directories.
    `lists ${named.label}`,
    readName,
    ...readText(quick, `directory of ${named.label}`),
    jump(zeros, 'unknown'),
  ]
}
