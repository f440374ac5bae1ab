import type { Arch } from '../machine/machine-code.ts'
import type { CredentialStore } from '../listener/credentials.ts'
import type { BoundSockets } from './bound-sockets.ts'
import type { Ledger } from './ledger.ts'
import type { MovedPrograms } from './moved-programs.ts'
import type { Answer } from '../listener/notification.ts'
import type { Tracee } from '../listener/tracee.ts'
import type { TrappedName } from './trapped.ts'

/** State that trapped calls are answered from. */
export interface Supervision {
  readonly arch: Arch
  readonly tracee: Tracee
  readonly ledger: Ledger
  readonly credentials: CredentialStore
  /** For processes whose calls are guarded only in moved programs. */
  readonly programs?: MovedPrograms
  /**
   * Threads that a signal has interrupted while they opened a pipe. Absent where the kernel opens
   * it.
   */
  readonly interruptedOpens?: Set<number>
  readonly boundSockets?: BoundSockets
}

/** Answers one kind of call. Throws `Unresolved` to leave it to the kernel. */
export type Handler = (supervision: Supervision) => Answer

/** Handlers of one family of calls. */
export type Handlers = Partial<Record<TrappedName, Handler>>
