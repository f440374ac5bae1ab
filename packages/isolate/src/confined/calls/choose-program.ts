import { isSince } from '../../machine/kernel-version.ts'
import { type Credentials, withUser } from '../../listener/credentials.ts'
import {
  AT_FDCWD,
  EACCES,
  EAGAIN,
  ELIBBAD,
  ELOOP,
  ENOENT,
  ENOEXEC,
  ETXTBSY,
  O_CLOEXEC,
  O_NONBLOCK,
  S_IFMT,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
} from '../../listener/kernel.ts'
import type { FileStatus } from '../../listener/tracee.ts'
import type { Confinement } from '../context.ts'
import { type ElfProgram, firstBytes, readElf } from '../loader/elf-program.ts'
import { emulatorArguments, findEmulator, type GuestEmulator } from '../loader/guest-emulator.ts'
import type { LoadedProgram, OpenElf } from '../loader/load-plan.ts'
import { EXECUTE } from '../permissions.ts'
import { fileKey } from '../running-programs.ts'

/** Scripts may name scripts as their interpreters (execve(2) § Interpreter scripts). */
const deepestScript = 5

/** A program as a call names it. */
export interface NamedProgram {
  /** Path that the program finds itself by. */
  readonly path: string
  /** True for one named by its descriptor alone. */
  readonly isDescriptor: boolean
  /** Opens the program. Returns a negated errno for an error. */
  open(): number
  /** First argument that the caller gives. */
  firstArgument(): string
  /** True for a path that will be gone when the program begins. */
  vanishes(): boolean
}

/** Finds a program, its interpreter, and the arguments that come before those of the caller. */
export function chooseProgram(given: Confinement, named: NamedProgram): LoadedProgram | number {
  const { path } = named
  let leading: readonly string[] = []
  let next = path
  for (let depth = 0; depth <= deepestScript; depth += 1) {
    const fd = depth === 0 ? named.open() : given.paths.open(AT_FDCWD, next, O_NONBLOCK)
    if (fd < 0) return fd
    const result = inspect(given, fd)
    if (typeof result === 'number') return closing(given, fd, result)
    if ('script' in result) {
      given.paths.close(fd)
      if (depth === 0 && named.vanishes()) return -ENOENT
      leading = [...result.script, next, ...leading.slice(1)]
      next = result.script[0] ?? ''
      if (next === '') return -ENOEXEC
      continue
    }
    const files = openFiles(given, { fd, result })
    if (typeof files === 'number') return closing(given, fd, files)
    const guestPath = given.paths.nameOf(fd) ?? memoryName(given, fd) ?? next
    if ('emulator' in result) {
      leading = [...emulatorArguments(result.emulator, next, leading[0] ?? named.firstArgument()), ...leading.slice(1)]
      given.paths.close(fd)
    }
    const file = fileKey(result.status)
    return {
      ...files,
      leadingArguments: leading,
      ...(leading.length > 0 && { firstArgument: named.firstArgument() }),
      path,
      guestPath,
      file,
      name: named.isDescriptor ? descriptorName(path, guestPath) : lastName(path),
      ...nextCredentials(given, result.status),
    }
  }
  return -ELOOP
}

/** Path of a file that is only in memory, as /proc shows it (memfd_create(2)). */
function memoryName({ paths }: Confinement, fd: number): string | undefined {
  const link = paths.readLink(AT_FDCWD, `/proc/thread-self/fd/${fd}`)
  return typeof link === 'string' && link.startsWith('/memfd:') ? link : undefined
}

/** Linux 6.14 names a process that was executed by a descriptor after its file. */
const descriptorsHaveNames = isSince(6, 14)

function descriptorName(path: string, guestPath: string): string {
  return lastName(descriptorsHaveNames ? guestPath.replace(/ \(deleted\)$/, '') : path)
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The files that the process is made of: the program's own and its interpreter, or an emulator. */
function openFiles(
  given: Confinement,
  { fd, result }: { readonly fd: number; readonly result: Executable },
): Pick<LoadedProgram, 'program' | 'interpreter'> | number {
  if ('emulator' in result) {
    const program = openEmulator(given, result.emulator)
    return typeof program === 'number' ? program : { program, interpreter: undefined }
  }
  const { elf } = result
  const interpreter = elf.interpreter === undefined ? undefined : openInterpreter(given, elf.interpreter)
  return typeof interpreter === 'number' ? interpreter : { program: { fd, elf }, interpreter }
}

function openEmulator(given: Confinement, { path }: GuestEmulator): OpenElf | number {
  const { system } = given.tracee
  const fd = system.call('openat', AT_FDCWD, given.tracee.pathAt(path), O_CLOEXEC)
  return fd < 0 ? fd : readOpen(given, fd, -ENOEXEC)
}

function closing(given: Confinement, fd: number, error: number): number {
  given.paths.close(fd)
  return error
}

/** A file that the kernel or an emulator can execute. */
type Executable =
  | { readonly elf: ElfProgram; readonly status: FileStatus }
  | { readonly emulator: GuestEmulator; readonly status: FileStatus }

/**
 * Checks that a file may be executed, and reads what it is. A script: its interpreter and the
 * argument of that.
 */
function inspect(given: Confinement, fd: number): Executable | { readonly script: readonly string[] } | number {
  const { tracee, permissions, caller } = given
  const status = tracee.status(fd)
  if ((status.mode & S_IFMT) !== S_IFREG || permissions.entry(status)?.device !== undefined) return -EACCES
  if ((permissions.see(status).mode & 0o111) === 0) return -EACCES
  const refused = permissions.check(caller.credentials, status, EXECUTE)
  if (refused !== 0) return refused
  if (isOpenToWrite(given, fd)) return -ETXTBSY
  const read = openReader(given, fd)
  const first = read(0, firstBytes)
  if (first.length >= 2 && first[0] === 0x23 && first[1] === 0x21) return { script: readScript(first) }
  const elf = readElf(given.arch, first, read)
  if (elf !== undefined) return { elf, status }
  const emulator = findEmulator(first, given.emulators)
  return emulator === undefined ? -ENOEXEC : { emulator, status }
}

const F_SETLEASE = 1024
const F_RDLCK = 0
const F_UNLCK = 2

/** A lease is refused on a file that is open for writing somewhere (fcntl(2), F_SETLEASE). */
function isOpenToWrite({ tracee }: Confinement, fd: number): boolean {
  const result = tracee.system.call('fcntl', fd, F_SETLEASE, F_RDLCK)
  if (result === 0) tracee.system.call('fcntl', fd, F_SETLEASE, F_UNLCK)
  return result === -EAGAIN
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
  return fd < 0 ? fd : readOpen(given, fd, -ELIBBAD)
}

/** `error`: result for a file that is no program. It is closed then. */
function readOpen(given: Confinement, fd: number, error: number): OpenElf | number {
  const read = openReader(given, fd)
  const elf = readElf(given.arch, read(0, firstBytes), read)
  return elf === undefined ? closing(given, fd, error) : { fd, elf }
}

function openReader({ tracee }: Confinement, fd: number): (offset: number, size: number) => Buffer {
  return (offset, size) => {
    const memory = tracee.system.allocate(size)
    const read = tracee.system.call('pread64', fd, memory.address, size, offset)
    return memory.bytes.subarray(0, Math.max(0, read))
  }
}

/**
 * execve(2) § Effect of set-user-ID and set-group-ID programs. A process that is traced stays what
 * it is.
 */
function nextCredentials(
  { permissions, caller, tracee }: Confinement,
  status: FileStatus,
): { readonly credentials: Credentials; readonly secure: boolean } {
  const before = caller.credentials
  const file = permissions.see(status)
  const hasBits = (file.mode & (S_ISUID | S_ISGID)) !== 0
  const mayGain = hasBits && before.hasNoNewPrivileges !== true && !tracee.isTraced
  const setsUser = mayGain && (file.mode & S_ISUID) !== 0
  const setsGroup = mayGain && (file.mode & S_ISGID) !== 0 && (file.mode & S_IXGRP) !== 0
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
