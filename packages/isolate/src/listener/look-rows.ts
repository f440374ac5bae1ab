import { rowKind } from '../machine/row-kinds.ts'
import type { Arch } from '../machine/machine-code.ts'
import { type CallMemory, noRoot } from './call-memory.ts'
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, S_IFLNK, S_IFMT } from './kernel.ts'
import { NOTIF_SEND } from './notification-calls.ts'
import { call, copy, jump, jumpIf, type Row, type Rows } from './rows.ts'
import { statLayout } from './stat-layout.ts'

/** A listener and the memory of the rows about its calls. */
export interface Quick {
  readonly arch: Arch
  /** Listener of the filter. */
  readonly fd: number
  readonly memory: CallMemory
}

const bits = (mask: number): { readonly mask: number; readonly value: number } => ({ mask, value: mask })

/**
 * Rows that read the text at the address in `textThere`. `label`: one of its own for each use.
 */
export function readText({ arch, memory }: Quick, label: string): Rows {
  const { thread, textHere, textThere, done } = memory
  return [
    copy(textHere + 8, textThere + 8, 8),
    copy(thread, { row: label, argument: 0 }, 4),
    label,
    call(arch, 'process_vm_readv', { args: [0, textHere, 1, textThere, 1, 0], away: 'given' }),
    // Fewer bytes where no memory follows.
    copy(done, textThere + 8, 8),
  ]
}

/** Labels to go on at. */
export interface LookLabels {
  /** For names in the working directory. */
  readonly cwd: string
  /** For paths of several names. */
  readonly path: string
  /** After an error of the look. */
  readonly failed: string
}

/**
 * Rows that ask for the status of the file in `directory` that the text at `textThere` names, under
 * `flags`, and go on at `found`. They begin at `look`. A file that only a descriptor names is
 * looked at from `look open` on, and a name that `text` has in it from `in directory` on.
 */
export function lookRows(quick: Quick, { cwd, path: ofPath, failed }: LookLabels): Rows {
  const { arch, memory } = quick
  const { zeros, directory, flags, path, text, textThere, stat } = memory
  const ask = (how: number): Row =>
    call(arch, 'newfstatat', { args: [AT_FDCWD, path, stat.address, how], away: failed })
  return [
    'look',
    ...readText(quick, 'read name'),
    jumpIf(text, { mask: 0xff, value: 0 }, 'look empty'),
    { kind: rowKind.name, args: [text, textThere + 8], away: ofPath },
    'in directory',
    ...nameThread(memory),
    jumpIf(directory, AT_FDCWD, cwd),
    ...nameDescriptor(memory, memory.descriptorTemplate),
    'look at',
    ask(AT_SYMLINK_NOFOLLOW),
    jumpIf(flags, bits(AT_SYMLINK_NOFOLLOW), 'found'),
    jumpIf(stat.address + statLayout[arch].mode, { mask: S_IFMT, value: S_IFLNK }, 'given'),
    jump(zeros, 'found'),
    'look empty',
    jumpIf(flags, { mask: AT_EMPTY_PATH, value: 0 }, 'given'),
    'look open',
    jumpIf(directory, AT_FDCWD, 'given'),
    ...nameThread(memory),
    ...nameDescriptor(memory, memory.openTemplate),
    ask(0),
    jump(zeros, 'found'),
  ]
}

/**
 * Rows that ask for the status of the file that the absolute path in `text` names, under `flags`,
 * and go on at `found`. All other paths are given.
 */
export function lookInRoot({ arch, memory }: Quick, { failed }: Pick<LookLabels, 'failed'>): Rows {
  const { zeros, text, root, flags, follow, noFollow, stat, done } = memory
  const open = (how: number): Row => call(arch, 'openat2', { args: [0, text, how, 24], away: failed })
  const copies = (from: number, ...rows: readonly string[]): Rows =>
    rows.map((row) => copy(from, { row, argument: 0 }, 4))
  return [
    jumpIf(text, { mask: 0xff, value: '/'.charCodeAt(0) }, 'absolute'),
    jump(zeros, 'given'),
    'absolute',
    jumpIf(root, noRoot, 'given'),
    ...copies(root, 'open file', 'open link'),
    jumpIf(flags, bits(AT_SYMLINK_NOFOLLOW), 'open link'),
    'open file',
    open(follow),
    jump(zeros, 'opened'),
    'open link',
    open(noFollow),
    'opened',
    ...copies(done, 'look at opened', 'close opened'),
    'look at opened',
    call(arch, 'newfstatat', { args: [0, zeros, stat.address, AT_EMPTY_PATH] }),
    'close opened',
    call(arch, 'close', { args: [0] }),
    jump(zeros, 'found'),
  ]
}

/** Rows that send an answer and receive the next call. `answer`: struct seccomp_notif_resp. */
export function sendAnswer({ arch, fd, memory }: Quick, answer: number): Rows {
  return [
    copy(memory.id, answer, 8),
    call(arch, 'ioctl', { args: [fd, NOTIF_SEND, answer] }),
    jump(memory.zeros, 'receive'),
  ]
}

function nameThread({ processTemplate, path, thread }: CallMemory): Rows {
  return [copy(processTemplate, path, 16), { kind: rowKind.digits, args: [thread, path + 16] }]
}

function nameDescriptor({ path, directory }: CallMemory, template: number): Rows {
  return [copy(template, path + 16, 16), { kind: rowKind.digits, args: [directory, path + 31] }]
}
