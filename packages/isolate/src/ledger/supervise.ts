import type { Arch } from '../machine/machine-code.ts'
import { answerCalls, clearUmask } from '../listener/answer-calls.ts'
import { type Credentials, CredentialTable } from '../listener/credentials.ts'
import { BoundSockets } from './bound-sockets.ts'
import { creationHandlers } from './creation.ts'
import type { Handlers, Supervision } from './handler.ts'
import { identityHandlers } from './identities.ts'
import type { Ledger } from './ledger.ts'
import { linkHandlers } from './links.ts'
import { type Answer, Listener } from '../listener/notification.ts'
import { MarkedInodes } from './marked-inodes.ts'
import { MovedPrograms } from './moved-programs.ts'
import { ownerHandlers } from './owners.ts'
import { permissionGuards } from './permissions.ts'
import { quickCalls } from './quick-calls.ts'
import { programHandlers } from './programs.ts'
import { removalHandlers } from './removal.ts'
import { restartHandlers } from './restarts.ts'
import { statusHandlers } from './statuses.ts'
import { loadSystem } from '../listener/system.ts'
import { Tracee } from '../listener/tracee.ts'
import { Unresolved } from '../listener/tracee-memory.ts'
import { type TrappedName, trappedCalls } from './trapped.ts'

const handlers: Handlers = {
  ...ownerHandlers,
  ...statusHandlers,
  ...creationHandlers,
  ...linkHandlers,
  ...removalHandlers,
  ...identityHandlers,
  ...programHandlers,
  ...restartHandlers([]),
}

export interface SuperviseOptions {
  readonly arch: Arch
  /** Listener of the filter; closed at the end. */
  readonly fd: number
  /** Changed by what the processes do. */
  readonly ledger: Ledger
  /** Credentials of the first process. */
  readonly credentials: Credentials
  /** The first program is one of root, so that the filter traps less. */
  readonly ofRoot: boolean
}

/** Answers trapped calls as `answerCalls` does. */
export function supervise({ arch, fd, ledger, credentials, ofRoot }: SuperviseOptions): void {
  const system = loadSystem(arch)
  clearUmask(system)
  const marked = new MarkedInodes(system)
  ledger.watchInodes((inode) => marked.mark(inode))
  using listener = new Listener(system, fd, { arch })
  listener.answerBy((quick) => quickCalls(quick, marked))
  using tracee = new Tracee(listener, system, arch)
  const programs = ofRoot ? new MovedPrograms(tracee) : undefined
  const boundSockets = new BoundSockets(tracee)
  const table = new CredentialTable(credentials, tracee)
  const supervision = { arch, tracee, ledger, credentials: table, ...(programs && { programs }), boundSockets }
  const names = new Map(trappedCalls(arch, { guarded: 'all' }).map(({ number, name }) => [number, name]))
  answerCalls(
    listener,
    () => {
      programs?.settle()
      boundSockets.settle()
      const name = names.get(listener.number)
      return name === undefined ? 'continue' : answer(supervision, name)
    },
    () => ({
      mayBeQuick: table.allAreRoot && programs?.isSettled !== false && boundSockets.isSettled,
      notesEnds: !table.isEmpty,
    }),
  )
  boundSockets.settle()
}

function answer(supervision: Supervision, name: TrappedName): Answer {
  const refused = isPrivileged(supervision) ? undefined : refuse(supervision, name)
  return refused === undefined ? (handlers[name]?.(supervision) ?? 'continue') : -refused
}

/**
 * Refuses nothing that cannot be looked up: the handler may still have an owner to record.
 */
function refuse(supervision: Supervision, name: TrappedName): number | undefined {
  try {
    return permissionGuards[name]?.(supervision)
  } catch (error) {
    if (error instanceof Unresolved) return undefined
    throw error
  }
}

function isPrivileged({ credentials, tracee }: Supervision): boolean {
  return credentials.get(tracee.listener.thread).privileged
}
