import { dropBounding, giveUpNewPrivileges, readBounding, setSecureBits } from './capabilities.ts'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EINVAL,
  ENOENT,
  ENOSYS,
  O_CLOEXEC,
  O_NONBLOCK,
  openFlags,
} from '../../listener/kernel.ts'
import { identityHandlers } from '../../ledger/identities.ts'
import type { Answer } from '../../listener/notification.ts'
import { Unresolved } from '../../listener/tracee-memory.ts'
import { readWord } from '../../listener/words.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { type InitialStack, type LoadedProgram, planLoading } from '../loader/load-plan.ts'
import { chooseProgram, type NamedProgram } from './choose-program.ts'

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
    if (option === PR_SET_SECUREBITS) return setSecureBits(given)
    if (option === PR_SET_NO_NEW_PRIVS) return giveUpNewPrivileges(given)
    if (option === PR_GET_NO_NEW_PRIVS) return given.caller.credentials.hasNoNewPrivileges === true ? 1 : 0
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
const PR_SET_SECUREBITS = 28
const PR_SET_NO_NEW_PRIVS = 38
const PR_GET_NO_NEW_PRIVS = 39

interface Execution {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
  readonly flags: number
}

function execute(given: Confinement, execution: Execution): Answer {
  const { directory, path: argument } = execution
  const { tracee, caller, loaders } = given
  const address = tracee.listener.address(argument)
  const path = tracee.readString(address)
  const named = nameProgram(given, execution, path)
  const chosen = typeof named === 'number' ? named : chooseProgram(given, named)
  if (typeof chosen === 'number') return chosen
  // An earlier call that the kernel has refused.
  if (caller.loading !== undefined && caller.chosenLoader !== undefined) loaders.free(caller.chosenLoader)
  forget(given, caller.loading)
  caller.loading = keepingName(given, chosen, { path, address, argument })
  const loader = loaders.take()
  caller.chosenLoader = loader.index
  // A name without directory would be looked for in that of the call.
  const loaderPath = directory === AT_FDCWD ? loader.name : `/proc/self/cwd/${loader.name}`
  const size = loaderPath.length + 1
  const [saved, name] = [tracee.system.allocate(size), tracee.system.allocate(size)]
  name.bytes.write(loaderPath, 'latin1')
  saved.bytes.set(tracee.read(address, size))
  if (!tracee.patch(address, name, size)) throw new Unresolved('the path cannot be replaced')
  tracee.listener.answer('continue')
  loaders.whenOpened(loader, {
    isOnItsWay: () => isRunning(given),
    restore: () => void tracee.patch(address, saved, size),
  })
  return 'answered'
}

/** A program by its path, by a path in an open directory, or by its descriptor (execveat(2)). */
function nameProgram(
  given: Confinement,
  { directory, path: argument, flags }: Execution,
  path: string,
): NamedProgram | number {
  const { tracee, paths, arch } = given
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) return -EINVAL
  const argv = tracee.listener.address(argument + 1)
  const firstArgument = (): string => {
    const first = argv === 0 ? 0 : readWord(tracee.read(argv, 8), 0)
    return first === 0 ? '' : tracee.readString(first)
  }
  if (path === '' && (flags & AT_EMPTY_PATH) === 0) return -ENOENT
  const isDescriptor = path === '' && directory !== AT_FDCWD
  const isRelative = directory !== AT_FDCWD && path !== '' && !path.startsWith('/')
  const noFollow = (flags & AT_SYMLINK_NOFOLLOW) === 0 ? 0 : openFlags[arch].noFollow
  return {
    path: isDescriptor ? `/dev/fd/${directory}` : isRelative ? `/dev/fd/${directory}/${path}` : path,
    isDescriptor,
    open: () => (path === '' ? reopen(given, directory) : paths.open(directory, path, O_NONBLOCK | noFollow)),
    firstArgument,
    vanishes: () => (isDescriptor || isRelative) && closesOnExec(given, directory),
  }
}

function reopen({ tracee, paths }: Confinement, descriptor: number): number {
  const fd = paths.openDescriptor(descriptor)
  if (fd < 0) return fd
  const path = `/proc/thread-self/fd/${fd}`
  return tracee.using(fd, () => tracee.system.call('openat', AT_FDCWD, tracee.pathAt(path), O_NONBLOCK | O_CLOEXEC))
}

function closesOnExec({ tracee }: Confinement, descriptor: number): boolean {
  const text = tracee.readFile(`/proc/${tracee.listener.thread}/fdinfo/${descriptor}`)
  return (parseInt(/^flags:\s*([0-7]+)$/m.exec(text ?? '')?.[1] ?? '0', 8) & O_CLOEXEC) !== 0
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
  const first = readWord(tracee.read(argv, 8), 0)
  return first === address ? { ...chosen, leadingArguments: [path] } : chosen
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
  const { loading: loaded, chosenLoader } = caller
  if (loaded === undefined || chosenLoader === undefined) return -ENOSYS
  // Any program can ask, also one that the kernel has not replaced by the chosen one.
  if (!loaders.is(chosenLoader, tracee.lookAtProgram())) return -ENOSYS
  caller.loading = undefined
  if (caller.loader !== undefined) loaders.free(caller.loader)
  caller.loader = chosenLoader
  given.processes.adopt(caller, loaded.credentials)
  given.processes.execute(caller, loaded)
  const stack = readStack(given, tracee.listener.address(1))
  const program = tracee.listener.addDescriptor(loaded.program.fd)
  const interpreter = loaded.interpreter && tracee.listener.addDescriptor(loaded.interpreter.fd)
  forget(given, loaded)
  if (program < 0 || (interpreter !== undefined && interpreter < 0)) return -ENOSYS
  const plan = planLoading(loaded, { arch, stack, files: { program, interpreter } })
  const memory = tracee.system.allocate(plan.bytes.length)
  plan.bytes.copy(memory.bytes)
  return tracee.patch(plan.address, memory, plan.bytes.length) ? plan.address : -ENOSYS
}

/** Bytes of the longest vectors: more than the kernel lets a program begin with. */
const longestStack = 2 ** 23

/** Reads the words from the stack pointer to the end of the auxiliary vector. */
function readStack({ tracee }: Confinement, address: number): InitialStack {
  let bytes = Buffer.alloc(0)
  // Never past a page: the stack ends somewhere.
  const readOn = (): void => {
    if (bytes.length > longestStack) throw new Unresolved('the stack is too long')
    const at = address + bytes.length
    bytes = Buffer.concat([bytes, tracee.read(at, 4096 - (at % 4096))])
  }
  const zeroFrom = (start: number, step: number): number => {
    for (let at = start; ; at += step) {
      while (at + 8 > bytes.length) readOn()
      if (readWord(bytes, at) === 0) return at
    }
  }
  readOn()
  const auxiliary = zeroFrom(8 * (readWord(bytes, 0) + 2), 8) + 8
  const end = zeroFrom(auxiliary, 16) + 16
  while (bytes.length < end) readOn()
  return { address, bytes: bytes.subarray(0, end), auxiliary }
}
