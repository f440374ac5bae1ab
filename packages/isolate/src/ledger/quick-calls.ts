import type { CallMemory } from '../listener/call-memory.ts'
import { O_CREAT, S_ISGID, S_ISUID } from '../listener/kernel.ts'
import { lookInRoot, lookRows, type Quick, readText, sendAnswer } from '../listener/look-rows.ts'
import { copy, jump, jumpIf, type Rows } from '../listener/rows.ts'
import { statLayout } from '../listener/stat-layout.ts'
import { rowKind } from '../machine/row-kinds.ts'
import type { MarkedInodes } from './marked-inodes.ts'
import { actionRows } from './quick-actions.ts'
import { ledgerNumbers } from './trapped.ts'

type Name = keyof typeof ledgerNumbers

/** Arguments of a call, by their indices. */
interface FileCall {
  /** The working directory without one. */
  readonly directory?: number
  readonly path: number
  /** Flags of the look, or of open(2). */
  readonly flags?: number
}

/** Calls that look at a file. */
const looks: Readonly<Partial<Record<Name, FileCall>>> = {
  stat: { path: 0 },
  newfstatat: { directory: 0, path: 1, flags: 3 },
  statx: { directory: 0, path: 1, flags: 2 },
}

/** Calls that need a look at the name itself: it may be removed or replaced. */
const linkLooks: Readonly<Partial<Record<Name, FileCall>>> = {
  lstat: { path: 0 },
  unlink: { path: 0 },
  unlinkat: { directory: 0, path: 1 },
  rmdir: { path: 0 },
  rename: { path: 1 },
  renameat: { directory: 2, path: 3 },
  renameat2: { directory: 2, path: 3 },
}

/** Calls that may make a file. */
const creations: Readonly<Partial<Record<Name, FileCall>>> = {
  open: { path: 0, flags: 1 },
  openat: { directory: 0, path: 1, flags: 2 },
  creat: { path: 0 },
  mkdir: { path: 0 },
  mkdirat: { directory: 0, path: 1 },
  symlink: { path: 1 },
  symlinkat: { directory: 1, path: 2 },
}

/** Calls that execute a program. */
const executions: Readonly<Partial<Record<Name, FileCall>>> = {
  execve: { path: 0 },
  execveat: { directory: 0, path: 1, flags: 4 },
}

/** Calls that read ids. The kernel knows those of root. */
const idCalls = ['getuid', 'geteuid', 'getgid', 'getegid'] as const satisfies readonly Name[]

/**
 * Rows that leave calls of root to the kernel: those that look at a file or remove a name, if the
 * file has no entry in the ledger; those that make a file, if its directory does not pass its group
 * on; those that execute a program, if it gives no ids. All else is for the handlers.
 */
export function quickCalls(quick: Quick, marked: MarkedInodes): Rows {
  const { arch, memory } = quick
  memory.keep(marked)
  const { zeros, number, directory, path, stat } = memory
  const { mode, ino } = statLayout[arch]
  const numbers: Readonly<Record<string, readonly number[]>> = ledgerNumbers
  const goTo = (names: readonly string[], label: (name: string) => string): Rows =>
    names.flatMap((name) => {
      const found = numbers[name]?.[arch === 'x64' ? 0 : 1]
      return found === undefined ? [] : [jumpIf(number, found, label(name))]
    })
  const calls: Readonly<Record<string, Rows>> = {
    fstat: [copy(memory.argument(0), directory, 4), jump(zeros, 'look open')],
    rt_sigaction: actionRows(quick),
    exit_group: [jumpIf(memory.notesEnds, 0, 'go on'), jump(zeros, 'given')],
    ...mapValues({ ...looks, ...executions }, (call) => lookAt(memory, call, memory.zeros)),
    ...mapValues(linkLooks, (call) => lookAt(memory, call, memory.atNoFollow)),
    ...mapValues(creations, (call) => lookAbove(memory, call)),
  }
  return [
    'quick',
    ...goTo(Object.keys(calls), (name) => `call ${name}`),
    ...goTo(idCalls, () => 'go on'),
    jump(zeros, 'given'),
    ...Object.entries(calls).flatMap(([name, rows]) => [`call ${name}`, ...rows]),
    'look above',
    ...readText(quick, 'read new name'),
    { kind: rowKind.above, args: [memory.text, memory.textThere + 8, memory.text], away: 'one name' },
    jump(zeros, 'path'),
    'one name',
    { kind: rowKind.name, args: [memory.text, memory.textThere + 8], away: 'given' },
    copy(zeros, memory.text, 1),
    jump(zeros, 'in directory'),
    // An error of the look is one of the call.
    ...lookRows(quick, { cwd: 'in cwd', path: 'path', failed: 'go on' }),
    'in cwd',
    copy(memory.cwdTemplate, path + 16, 16),
    jump(zeros, 'look at'),
    'path',
    ...lookInRoot(quick, { failed: 'go on' }),
    'found',
    ...goTo(Object.keys(creations), () => 'found above'),
    ...goTo(Object.keys(executions), () => 'found program'),
    { kind: rowKind.mark, args: [stat.address + ino, ...marked.place], away: 'given' },
    'go on',
    ...sendAnswer(quick, memory.goOn),
    'found above',
    jumpIf(stat.address + mode, { mask: S_ISGID, value: 0 }, 'go on'),
    jump(zeros, 'given'),
    'found program',
    jumpIf(stat.address + mode, { mask: S_ISUID | S_ISGID, value: 0 }, 'go on'),
    jump(zeros, 'given'),
  ]
}

/** `flags`: address of those of the look, for a call that has none itself. */
function lookAt(memory: CallMemory, call: FileCall, flags: number): Rows {
  return [
    ...nameRows(memory, call),
    copy(call.flags === undefined ? flags : memory.argument(call.flags), memory.flags, 4),
    jump(memory.zeros, 'look'),
  ]
}

function lookAbove(memory: CallMemory, call: FileCall): Rows {
  return [
    ...(call.flags === undefined ? [] : [jumpIf(memory.argument(call.flags), { mask: O_CREAT, value: 0 }, 'go on')]),
    ...nameRows(memory, call),
    copy(memory.zeros, memory.flags, 4),
    jump(memory.zeros, 'look above'),
  ]
}

function nameRows(memory: CallMemory, { directory, path }: FileCall): Rows {
  return [
    copy(directory === undefined ? memory.atCwd : memory.argument(directory), memory.directory, 4),
    copy(memory.argument(path), memory.textThere, 8),
  ]
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value) => Result,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
