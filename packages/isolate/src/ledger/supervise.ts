import type { Arch } from '../machine/machine-code.ts'
import { type Credentials, CredentialTable } from './credentials.ts'
import { creationHandlers } from './creation.ts'
import type { Handlers, Supervision } from './handler.ts'
import { identityHandlers } from './identities.ts'
import type { Ledger } from './ledger.ts'
import { linkHandlers } from './links.ts'
import { type Answer, Listener } from './notification.ts'
import { ownerHandlers } from './owners.ts'
import { permissionGuards } from './permissions.ts'
import { programHandlers } from './programs.ts'
import { removalHandlers } from './removal.ts'
import { restartHandlers } from './restarts.ts'
import { statusHandlers } from './statuses.ts'
import { loadSystem } from './system.ts'
import { Tracee } from './tracee.ts'
import { Unresolved } from './tracee-memory.ts'
import { type TrappedName, trappedCalls } from './trapped.ts'

const handlers: Handlers = {
  ...ownerHandlers,
  ...statusHandlers,
  ...creationHandlers,
  ...linkHandlers,
  ...removalHandlers,
  ...identityHandlers,
  ...programHandlers,
  ...restartHandlers,
}

export interface SuperviseOptions {
  readonly arch: Arch
  /** Listener of the filter; closed at the end. */
  readonly fd: number
  /** Changed by what the processes do. */
  readonly ledger: Ledger
  /** Credentials of the first process. */
  readonly credentials: Credentials
}

/**
 * Answers trapped calls until no process with the filter is left. Blocks the calling thread. An
 * error of the supervisor itself is thrown at the end: until then the kernel answers, so that
 * nothing hangs.
 */
export function supervise({ arch, fd, ledger, credentials }: SuperviseOptions): void {
  const system = loadSystem(arch)
  // New files get exactly the requested modes; the umask of the other threads stays as it
  // is.
  system.call('unshare', CLONE_FS)
  system.call('umask', 0)
  const listener = new Listener(system, fd)
  using tracee = new Tracee(listener, system, arch)
  const supervision = { arch, tracee, ledger, credentials: new CredentialTable(credentials, tracee) }
  const names = new Map(trappedCalls(arch, { guarded: true }).map(({ number, name }) => [number, name]))
  const failures: unknown[] = []
  while (listener.receive()) {
    try {
      const name = names.get(listener.number)
      listener.answer(name === undefined ? 'continue' : answer(supervision, name))
    } catch (error) {
      if (failures.length < 8) failures.push(error)
      listener.answer('continue')
    }
  }
  listener.close()
  if (failures.length > 0) throw new AggregateError(failures, `cannot answer a system call: ${String(failures[0])}`)
}

const CLONE_FS = 0x200

function answer(supervision: Supervision, name: TrappedName): Answer {
  try {
    const refused = isPrivileged(supervision) ? undefined : permissionGuards[name]?.(supervision)
    if (refused !== undefined) return -refused
    return handlers[name]?.(supervision) ?? 'continue'
  } catch (error) {
    if (error instanceof Unresolved) return 'continue'
    throw error
  }
}

function isPrivileged({ credentials, tracee }: Supervision): boolean {
  return credentials.get(tracee.listener.thread).privileged
}
