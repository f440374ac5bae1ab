import type { Arch } from '../machine/machine-code.ts'
import type { Supervision } from '../ledger/handler.ts'
import type { Answer } from '../listener/notification.ts'
import type { GuestEmulator } from './loader/guest-emulator.ts'
import type { LoaderFiles } from './loader/loader-files.ts'
import type { NewDirectories } from './calls/new-directories.ts'
import type { SocketPeers } from './calls/socket-peers.ts'
import type { WaitingPipes } from './calls/waiting-pipes.ts'
import type { WatchInstances } from './calls/watch-instances.ts'
import type { CoveredFiles } from './paths/covered-files.ts'
import type { Paths } from './paths/paths.ts'
import type { Permissions } from './permissions.ts'
import type { Process, ProcessTable } from './processes.ts'
import type { TrappedName } from './trapped.ts'

/** State that the calls of confined processes are answered from. */
export interface Confinement extends Supervision {
  readonly arch: Arch
  readonly paths: Paths
  readonly coveredFiles: CoveredFiles
  readonly permissions: Permissions
  readonly processes: ProcessTable
  readonly loaders: LoaderFiles
  readonly hostname: string
  readonly emulators: readonly GuestEmulator[]
  readonly newDirectories: NewDirectories
  readonly waitingPipes: WaitingPipes
  readonly watches: WatchInstances
  readonly sockets: SocketPeers
  /** Abstract sockets of the machine can be connected to. */
  readonly reachesHostSockets: boolean
  /** The process whose call is being answered. */
  readonly caller: Process
}

/** Answers one kind of call. */
export type ConfinedHandler = (given: Confinement) => Answer

/** Handlers of one family of calls. */
export type ConfinedHandlers = Partial<Record<TrappedName, ConfinedHandler>>

/** A file as a call names it. */
export interface Named {
  /** Descriptor of the directory that a relative path begins in, or AT_FDCWD. */
  readonly directory: number
  /** Index of the argument with the path. */
  readonly path: number
}

export interface NamedWithFlags extends Named {
  /** AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. */
  readonly flags: number
}
