import { type Credentials, withUser } from '../../ledger/credentials.ts'
import { dropBounding, readBounding } from './capabilities.ts'
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EACCES,
  ELIBBAD,
  ELOOP,
  ENOEXEC,
  ENOSYS,
  O_NONBLOCK,
  openFlags,
  S_IFMT,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
} from '../../ledger/kernel.ts'
import { identityHandlers } from '../../ledger/identities.ts'
import type { Answer } from '../../ledger/notification.ts'
import { type FileStatus } from '../../ledger/tracee.ts'
import { Unresolved } from '../../ledger/tracee-memory.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { type ElfProgram, firstBytes, readElf } from '../loader/elf-program.ts'
import { type InitialStack, type LoadedProgram, type OpenElf, planLoading } from '../loader/load-plan.ts'
import { EXECUTE } from '../permissions.ts'

/**
 * Calls that execute a program, or end one. The supervisor finds the program and lets the kernel
 * execute the stub in its place: the name of the stub is put where the path is, until the kernel
 * has read it. The stub asks for its orders by a call of its own (`load`).
 */
export const programHandlers: ConfinedHandlers = {
  execve: (given) => execute(given, { directory: AT_FDCWD, path: 0, flags: 0 }),
  execveat: (given) =>
    execute(given, { directory: given.tracee.listener.int(0), path: 1, flags: given.tracee.listener.int(4) }),
  prctl: (given) => {
    const option = given.tracee.listener.int(0)
    // A process that may not be dumped could not be looked into by the supervisor either.
    if (option === PR_SET_DUMPABLE) return 0
    if (option === PR_CAPBSET_READ) return readBounding(given)
    if (option === PR_CAPBSET_DROP) return dropBounding(given)
    return option === PR_SET_KEEPCAPS ? (identityHandlers.prctl?.(given) ?? 'continue') : 'continue'
  },
  exit_group: ({ processes, tracee }) => {
    processes.end(tracee.listener.thread)
    return 'continue'
  },
}

const PR_SET_DUMPABLE = 4
const PR_SET_KEEPCAPS = 8
const PR_CAPBSET_READ = 23
const PR_CAPBSET_DROP = 24

interface Execution {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
  readonly flags: number
}

function execute(given: Confinement, { directory, path: argument, flags }: Execution): Answer {
  const { tracee, caller, loaders } = given
  const address = tracee.listener.address(argument)
  const path = tracee.readString(address)
  // fexecve(3) falls back to /proc/self/fd. A name in another directory would need another
  // argument.
  if (flags !== 0 && (path === '' || (flags & ~AT_SYMLINK_NOFOLLOW) !== 0)) return -ENOSYS
  if (directory !== AT_FDCWD && !path.startsWith('/')) return -ENOSYS
  const chosen = chooseProgram(given, path, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  if (typeof chosen === 'number') return chosen
  // An earlier call that the kernel has refused.
  if (caller.loading !== undefined && caller.chosenLoader !== undefined) loaders.free(caller.chosenLoader)
  forget(given, caller.loading)
  caller.loading = keepingName(given, chosen, { path, address, argument })
  const loader = loaders.take()
  caller.chosenLoader = loader.index
  return tracee.withMemory((memory): Answer => {
    const size = loader.name.length + 1
    const saved = tracee.system.allocate(size)
    const name = tracee.system.allocate(size)
    name.bytes.write(loader.name, 'latin1')
    tracee.system.call('pread64', memory, saved.address, size, address)
    if (tracee.system.call('pwrite64', memory, name.address, size, address) !== size)
      throw new Unresolved('The path cannot be replaced')
    tracee.listener.answer('continue')
    loaders.whenOpened(loader, {
      isOnItsWay: () => isRunning(given),
      restore: () => void tracee.system.call('pwrite64', memory, saved.address, size, address),
    })
    return 'answered'
  })
}

/**
 * True for a thread that does not wait in a system call (proc_pid_syscall(5)). One that waits has
 * read the path: in this call, or it has failed and there is another one.
 */
function isRunning({ tracee, caller }: Confinement): boolean {
  const state = tracee.readFile(`/proc/${tracee.listener.thread}/syscall`)
  return state === undefined ? tracee.exists(caller.leader) : state.startsWith('running')
}

interface PathArgument {
  readonly path: string
  readonly address: number
  /** Index of the argument. */
  readonly argument: number
}

/**
 * Before Linux 6.8 the kernel reads the arguments after the path was replaced. The first may be at
 * the same address.
 */
function keepingName(
  { tracee }: Confinement,
  chosen: LoadedProgram,
  { path, address, argument }: PathArgument,
): LoadedProgram {
  const argv = tracee.listener.address(argument + 1)
  if (chosen.leadingArguments.length > 0 || argv === 0) return chosen
  const first = Number(tracee.read(argv, 8).readBigUInt64LE(0))
  return first === address ? { ...chosen, leadingArguments: [path] } : chosen
}

/** Scripts may name scripts as their interpreters (execve(2) § Interpreter scripts). */
const deepestScript = 5

function chooseProgram(given: Confinement, path: string, follow: boolean): LoadedProgram | number {
  let leading: readonly string[] = []
  let next = path
  for (let depth = 0; depth <= deepestScript; depth += 1) {
    const fd = given.paths.open(AT_FDCWD, next, O_NONBLOCK | (follow || depth > 0 ? 0 : openFlags[given.arch].noFollow))
    if (fd < 0) return fd
    const result = inspect(given, fd)
    if (typeof result === 'number') return closing(given, fd, result)
    if ('script' in result) {
      given.paths.close(fd)
      leading = [...result.script, next, ...leading.slice(1)]
      next = result.script[0] ?? ''
      if (next === '') return -ENOEXEC
      continue
    }
    const interpreter =
      result.elf.interpreter === undefined ? undefined : openInterpreter(given, result.elf.interpreter)
    if (typeof interpreter === 'number') return closing(given, fd, interpreter)
    const credentials = credentialsOf(given, result.status)
    return {
      program: { fd, elf: result.elf },
      interpreter,
      leadingArguments: leading,
      path,
      guestPath: given.paths.nameOf(fd) ?? next,
      name: path.slice(path.lastIndexOf('/') + 1),
      ...credentials,
    }
  }
  return -ELOOP
}

function closing(given: Confinement, fd: number, error: number): number {
  given.paths.close(fd)
  return error
}

/**
 * Checks that a file may be executed, and reads what it is. A script: its interpreter and the
 * argument of that.
 */
function inspect(
  given: Confinement,
  fd: number,
): { readonly elf: ElfProgram; readonly status: FileStatus } | { readonly script: readonly string[] } | number {
  const { tracee, permissions, caller } = given
  const status = tracee.status(fd)
  if ((status.mode & S_IFMT) !== S_IFREG || permissions.entry(status)?.device !== undefined) return -EACCES
  if ((permissions.see(status).mode & 0o111) === 0) return -EACCES
  const refused = permissions.check(caller.credentials, status, EXECUTE)
  if (refused !== 0) return refused
  const read = readerOf(given, fd)
  const first = read(0, firstBytes)
  if (first.length >= 2 && first[0] === 0x23 && first[1] === 0x21) return { script: readScript(first) }
  const elf = readElf(given.arch, first, read)
  return elf === undefined ? -ENOEXEC : { elf, status }
}

/** Longest first line of a script (BINPRM_BUF_SIZE). */
const longestLine = 256

function readScript(first: Buffer): readonly string[] {
  const head = first.subarray(2, longestLine)
  const end = head.indexOf(10)
  const line = (end < 0 ? head : head.subarray(0, end)).toString('latin1').split('\0')[0] ?? ''
  const [, program = '', argument = ''] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? []
  return argument === '' ? [program] : [program, argument]
}

function openInterpreter(given: Confinement, path: string): OpenElf | number {
  const fd = given.paths.open(AT_FDCWD, path, O_NONBLOCK)
  if (fd < 0) return fd
  const read = readerOf(given, fd)
  const elf = readElf(given.arch, read(0, firstBytes), read)
  return elf === undefined ? closing(given, fd, -ELIBBAD) : { fd, elf }
}

function readerOf({ tracee }: Confinement, fd: number): (offset: number, size: number) => Buffer {
  return (offset, size) => {
    const memory = tracee.system.allocate(size)
    const read = tracee.system.call('pread64', fd, memory.address, size, offset)
    return memory.bytes.subarray(0, Math.max(0, read))
  }
}

/** execve(2) § Effect of set-user-ID and set-group-ID programs. */
function credentialsOf(
  { permissions, caller }: Confinement,
  status: FileStatus,
): { readonly credentials: Credentials; readonly secure: boolean } {
  const before = caller.credentials
  const file = permissions.see(status)
  const setsUser = (file.mode & S_ISUID) !== 0
  const setsGroup = (file.mode & S_ISGID) !== 0 && (file.mode & S_IXGRP) !== 0
  const user = { ...before.user, effective: setsUser ? file.uid : before.user.effective }
  const group = { ...before.group, effective: setsGroup ? file.gid : before.group.effective }
  const credentials = withUser(
    {
      ...before,
      group: { ...group, saved: group.effective },
      keepsCapabilities: false,
      privileged: user.effective === 0,
    },
    { ...user, saved: user.effective },
  )
  return { credentials, secure: user.real !== user.effective || group.real !== group.effective }
}

/** Closes the files of a program that was chosen and not loaded. */
function forget({ paths }: Confinement, loaded: LoadedProgram | undefined): void {
  if (loaded === undefined) return
  paths.close(loaded.program.fd)
  if (loaded.interpreter !== undefined) paths.close(loaded.interpreter.fd)
}

/** Answers the stub: writes the orders that load the program onto its stack. */
export function load(given: Confinement): Answer {
  const { tracee, caller, arch, loaders } = given
  const loaded = caller.loading
  if (loaded === undefined) return -ENOSYS
  caller.loading = undefined
  if (caller.loader !== undefined) loaders.free(caller.loader)
  caller.loader = caller.chosenLoader
  caller.credentials = loaded.credentials
  caller.program = loaded.guestPath
  const stack = readStack(given, tracee.listener.address(1))
  const program = tracee.listener.addDescriptor(loaded.program.fd)
  const interpreter = loaded.interpreter && tracee.listener.addDescriptor(loaded.interpreter.fd)
  forget(given, loaded)
  if (program < 0 || (interpreter !== undefined && interpreter < 0)) return -ENOSYS
  const plan = planLoading(loaded, { arch, stack, files: { program, interpreter } })
  const memory = tracee.system.allocate(plan.bytes.length)
  plan.bytes.copy(memory.bytes)
  const written = tracee.withMemory((fd) =>
    tracee.system.call('pwrite64', fd, memory.address, plan.bytes.length, plan.address),
  )
  return written === plan.bytes.length ? plan.address : -ENOSYS
}

/** Reads the words from the stack pointer to the end of the auxiliary vector. */
function readStack({ tracee }: Confinement, address: number): InitialStack {
  const parts: Buffer[] = []
  for (let at = address; ; ) {
    // Never past a page: the stack ends somewhere.
    const size = 4096 - (at % 4096)
    parts.push(Buffer.from(tracee.read(at, size)))
    at += size
    const bytes = Buffer.concat(parts)
    const words = new BigUint64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    const end = endOfVector(words)
    if (end !== undefined) return { address, words: words.subarray(0, end) }
  }
}

/** Index behind AT_NULL and its value; undefined when more words are needed. */
function endOfVector(words: BigUint64Array): number | undefined {
  const environment = Number(words[0] ?? 0n) + 2
  if (environment > words.length) return undefined
  const zero = words.indexOf(0n, environment)
  for (let at = zero + 1; zero >= 0 && at + 1 < words.length; at += 2) if (words[at] === 0n) return at + 2
  return undefined
}
