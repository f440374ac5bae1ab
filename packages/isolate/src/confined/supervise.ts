import { type Credentials, rootCredentials } from '../listener/credentials.ts'
import { identityHandlers } from '../ledger/identities.ts'
import { AT_FDCWD, ENOSYS, O_CLOEXEC, O_PATH } from '../listener/kernel.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type Answer, Listener } from '../listener/notification.ts'
import { restartHandlers } from '../ledger/restarts.ts'
import type { System } from '../listener/system.ts'
import { type FileStatus, Tracee } from '../listener/tracee.ts'
import { Unresolved } from '../listener/tracee-memory.ts'
import type { Arch } from '../machine/machine-code.ts'
import { attributeHandlers } from './calls/attributes.ts'
import { capabilityHandlers } from './calls/capabilities.ts'
import type { ConfinedHandler, ConfinedHandlers, Confinement } from './context.ts'
import { datagramHandlers } from './calls/datagrams.ts'
import { directoryHandlers } from './calls/directories.ts'
import { fileHandlers } from './calls/files.ts'
import { handleHandlers } from './calls/handles.ts'
import type { GuestEmulator } from './loader/guest-emulator.ts'
import { LoaderFiles } from './loader/loader-files.ts'
import { type GuestMount, MountTable, type OpenMount } from './paths/mount-table.ts'
import { machineHandlers } from './calls/machine.ts'
import { nameHandlers } from './calls/names.ts'
import { NewDirectories } from './calls/new-directories.ts'
import { CoveredFiles } from './paths/covered-files.ts'
import { Paths } from './paths/paths.ts'
import { MarkedInodes } from '../ledger/marked-inodes.ts'
import { Permissions } from './permissions.ts'
import { Directory, type Inherited, Process, ProcessTable } from './processes.ts'
import { programHandlers } from './calls/programs.ts'
import { quickCalls } from './quick-calls.ts'
import { QuickFiles } from './quick-files.ts'
import { QuickPaths } from './quick-paths.ts'
import { QuickStatuses } from './quick-statuses.ts'
import { signalHandlers } from './calls/signals.ts'
import { socketHandlers } from './calls/sockets.ts'
import { SocketPeers } from './calls/socket-peers.ts'
import { statusHandlers } from './calls/status.ts'
import { keepCapabilities } from './supervisor-rights.ts'
import { trappedCalls } from './trapped.ts'
import { WaitingPipes } from './calls/waiting-pipes.ts'
import { WatchInstances } from './calls/watch-instances.ts'
import { watchHandlers } from './calls/watches.ts'
import { xattrHandlers } from './calls/xattrs.ts'

const handlers: ConfinedHandlers = {
  ...identityHandlers,
  ...restartHandlers(['connect', 'sendmmsg', 'sendmsg', 'sendto']),
  ...programHandlers,
  ...fileHandlers,
  ...nameHandlers,
  ...machineHandlers,
  ...statusHandlers,
  ...handleHandlers,
  ...attributeHandlers,
  ...xattrHandlers,
  ...capabilityHandlers,
  ...watchHandlers,
  ...directoryHandlers,
  ...socketHandlers,
  ...datagramHandlers,
  ...signalHandlers,
}

export interface ConfineOptions {
  readonly system: System
  readonly arch: Arch
  /** Listener of the filter; closed at the end. */
  readonly fd: number
  /** Changed by what the processes do. */
  readonly ledger: Ledger
  /** Credentials of the first process, and where it begins in the guest. */
  readonly credentials: Credentials
  readonly cwd: string
  readonly hostname: string
  /** Capabilities that root has, as the processes see it. */
  readonly capabilities: bigint
  /** Programs that execute those of other processors. */
  readonly emulators: readonly GuestEmulator[]
  /** Abstract sockets of the machine can be connected to. */
  readonly reachesHostSockets: boolean
  /** The first is the root directory. */
  readonly mounts: readonly [GuestMount, ...GuestMount[]]
  /** Directories that were made for the mounts, by device and inode number. */
  readonly made: readonly Pick<FileStatus, 'dev' | 'ino'>[]
  /** Directory of the loader files, in which the first process stands. */
  readonly loaders: string
  /** Descriptor of which the other end is closed when all processes are to end. */
  readonly until: number
}

/**
 * Answers the calls of confined processes until all have ended. Blocks the calling thread. An error
 * of the supervisor itself is thrown at the end; until then the call fails with ENOSYS, since the
 * kernel would perform it on the files of the builder.
 */
export function superviseConfined(options: ConfineOptions): void {
  const { system, arch, fd, until } = options
  keepCapabilities(system, options.capabilities)
  using listener = new Listener(system, fd, { arch, until })
  using tracee = new Tracee(listener, system, arch)
  const confinement = openConfinement(options, tracee)
  beQuick(confinement)
  const { paths, processes, waitingPipes, watches, sockets, loaders } = confinement
  const byNumber = new Map(trappedCalls(arch).map(({ number, name }) => [number, handlers[name]]))
  const failures: unknown[] = []
  for (;;) {
    const received = listener.receive(
      waitingPipes.isEmpty ? { mayBeQuick: processes.allAreRoot } : { milliseconds: betweenLooks },
    )
    if (received === 'end') break
    if (!waitingPipes.isEmpty) waitingPipes.retry()
    if (received === 'idle') continue
    try {
      paths.serve(processes.of(listener.thread))
      const reply = answer(confinement, byNumber.get(listener.number))
      // Before the answer: a watcher hears of a removed directory when it is open nowhere.
      paths.places.tidy()
      listener.answer(reply)
    } catch (error) {
      if (failures.length < 8) failures.push(error)
      listener.answer(-ENOSYS)
    }
  }
  for (const leader of processes.leaders()) system.call('kill', leader, SIGKILL)
  listener.close()
  waitingPipes.close()
  watches.close()
  sockets.close()
  loaders.close()
  paths.closeAll()
  if (failures.length > 0) throw new AggregateError(failures, `cannot answer a system call: ${String(failures[0])}`)
}

/** Opens the mounts and the first working directory. */
function openConfinement(
  {
    system,
    arch,
    ledger,
    credentials,
    cwd,
    mounts,
    made,
    loaders,
    hostname,
    capabilities,
    emulators,
    reachesHostSockets,
  }: ConfineOptions,
  tracee: Tracee,
): Confinement {
  const permissions = new Permissions(ledger, ownIds())
  const files = new LoaderFiles(system, loaders, arch)
  const table = new MountTable([
    openMount(tracee, mounts[0]),
    ...mounts.slice(1).map((mount) => openMount(tracee, mount)),
  ])
  const root = new Directory(table.root.fd, () => {})
  const first: { -readonly [Key in keyof Inherited]: Inherited[Key] } = {
    credentials,
    umask: 0o022,
    bounding: capabilities,
    program: undefined,
    cwd: root,
  }
  const watches = new WatchInstances(tracee)
  const waitingPipes = new WaitingPipes(tracee)
  const processes = new ProcessTable(tracee, first, (ended) => end(ended, { files, tracee, watches }))
  const paths = new Paths(table, { tracee, permissions, processes, arch })
  first.cwd = openDirectory(paths, cwd, root)
  return {
    arch,
    tracee,
    ledger,
    credentials: processes,
    paths,
    coveredFiles: new CoveredFiles(paths, tracee),
    permissions,
    processes,
    loaders: files,
    hostname,
    emulators,
    newDirectories: new NewDirectories(made),
    waitingPipes,
    interruptedOpens: waitingPipes.interrupted,
    watches,
    sockets: new SocketPeers(system),
    reachesHostSockets,
    get caller() {
      return paths.caller
    },
  }
}

/** Lets the listener answer calls without handlers. */
function beQuick({ arch, tracee, ledger, paths, coveredFiles }: Confinement): void {
  const { system } = tracee
  const marked = new MarkedInodes(system)
  for (const inode of coveredFiles.inodes) marked.mark(inode)
  ledger.watchInodes((inode) => marked.mark(inode))
  const { root, all } = paths.mounts
  const { slots } = paths.places
  const files = { marked, device: tracee.status(root.fd).dev, ...ownIds() }
  // Terminals come later, below /dev.
  const mounts = ['/dev', ...all.filter((mount) => mount !== root).map(({ target }) => target)]
  const state = {
    slots,
    files: new QuickFiles(system, root.fd, arch),
    paths: new QuickPaths(system, { arch, root: root.fd, mounts, files }),
    statuses: new QuickStatuses(system, files),
  }
  tracee.listener.answerBy((quick) => quickCalls(quick, state))
}

function ownIds(): { readonly uid: number; readonly gid: number } {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
}

const SIGKILL = 9

/** Milliseconds between two looks at pipes that wait for their other end. */
const betweenLooks = 10

function answer(given: Confinement, handler: ConfinedHandler | undefined): Answer {
  try {
    return handler?.(given) ?? 'continue'
  } catch (error) {
    if (error instanceof Unresolved) return -error.errno
    throw error
  }
}

/** Opens the first working directory, as root. */
function openDirectory(paths: Paths, path: string, root: Directory): Directory {
  paths.serve(new Process(0, { credentials: rootCredentials, umask: 0, bounding: 0n, program: undefined, cwd: root }))
  const fd = paths.look(AT_FDCWD, path, true)
  if (fd < 0) throw new Error(`cannot enter ${path}: errno ${-fd}`)
  return new Directory(fd, (used) => paths.close(used))
}

function openMount(tracee: Tracee, mount: GuestMount): OpenMount {
  const fd = tracee.system.call('openat', AT_FDCWD, tracee.pathAt(mount.source), O_PATH | O_CLOEXEC)
  if (fd < 0) throw new Error(`cannot open ${mount.source} for ${mount.target}: errno ${-fd}`)
  // As the kernel names it: without symlinks.
  const memory = tracee.system.allocate(4096)
  const size = tracee.system.call(
    'readlinkat',
    AT_FDCWD,
    tracee.pathAt(`/proc/thread-self/fd/${fd}`),
    memory.address,
    4096,
  )
  return { ...mount, fd, source: memory.bytes.toString('latin1', 0, Math.max(0, size)) }
}

interface Ending {
  readonly files: LoaderFiles
  readonly tracee: Tracee
  readonly watches: WatchInstances
}

function end(process: Process, { files, tracee, watches }: Ending): void {
  watches.end(process)
  if (process.loader !== undefined) files.free(process.loader)
  const { loading } = process
  if (loading !== undefined)
    for (const open of [loading.program, loading.interpreter]) if (open) tracee.system.call('close', open.fd)
}
