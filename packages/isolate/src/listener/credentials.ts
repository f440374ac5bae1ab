import { isDeepStrictEqual } from 'node:util'
import { EPERM } from './kernel.ts'
/** Real, effective and saved id. */
export interface Ids {
  readonly real: number
  readonly effective: number
  readonly saved: number
}

/**
 * Ids and privileges of a process, as it sees them (credentials(7)). File-system ids are the
 * effective ones.
 */
export interface Credentials {
  readonly user: Ids
  readonly group: Ids
  readonly groups: readonly number[]
  /** It has the capabilities of root: to choose ids, to own every file. */
  readonly privileged: boolean
  /** They stay when no id is 0 any more (`PR_SET_KEEPCAPS`), until a program is executed. */
  readonly keepsCapabilities: boolean
  /** Those that it has chosen with capset(2), until its user changes or a program is executed. */
  readonly capabilities?: CapabilitySets
  /** Programs give it no other ids (`PR_SET_NO_NEW_PRIVS`). */
  readonly hasNoNewPrivileges?: boolean
}

/** Bit sets of capabilities (capabilities(7) § Thread capability sets). */
export interface CapabilitySets {
  readonly effective: bigint
  readonly permitted: bigint
  readonly inheritable: bigint
}

/** Credentials of root in a new process. */
export const rootCredentials: Credentials = {
  user: { real: 0, effective: 0, saved: 0 },
  group: { real: 0, effective: 0, saved: 0 },
  groups: [],
  privileged: true,
  keepsCapabilities: false,
}

/**
 * Credentials with other user ids (capabilities(7) § Effect of user ID changes on capabilities).
 */
export function withUser(before: Credentials, user: Ids): Credentials {
  const { capabilities: _, ...kept } = before
  return { ...kept, user, privileged: user.effective === 0 || (before.keepsCapabilities && before.privileged) }
}

/** The process has the ids of root, and keeps no capabilities without them. */
function isRoot({ user, group, privileged, keepsCapabilities }: Credentials): boolean {
  const ids = [user.real, user.effective, group.real, group.effective]
  return privileged && !keepsCapabilities && ids.every((id) => id === 0)
}

/** Credentials of processes, by any of their threads. */
export interface CredentialStore {
  get(thread: number): Credentials
  /** Gives a process other credentials; its children keep theirs. */
  set(thread: number, credentials: Credentials): void
  /** The process is about to end: its children will have another parent. */
  end(thread: number): void
}

/** Reads /proc of a process: its own id as a leader of threads, its parent, its children. */
export interface ProcessReader {
  /** Leader of the process of a thread, and its parent; undefined when it has ended. */
  relatives(thread: number): { readonly leader: number; readonly parent: number } | undefined
  children(leader: number): readonly number[]
  exists(leader: number): boolean
}

/** Processes noted before the table first looks which of them have ended. */
const firstSweep = 1024

/**
 * Credentials of every process below a supervisor. Only processes that changed theirs are noted,
 * and the children they had at that time; the others inherit from their nearest noted ancestor. An
 * ended process is forgotten when it exits, or by a sweep: process ids are reused only after all
 * others have been used.
 */
export class CredentialTable implements CredentialStore {
  readonly #initial: Credentials
  readonly #processes: ProcessReader
  readonly #noted = new Map<number, Credentials>()
  #sweepAt = firstSweep
  #allAreRoot: boolean

  constructor(initial: Credentials, processes: ProcessReader) {
    this.#initial = initial
    this.#allAreRoot = isRoot(initial)
    this.#processes = processes
  }

  /** All processes have their first credentials. */
  get isEmpty(): boolean {
    return this.#noted.size === 0
  }

  /** No process has ever given up the ids or the privileges of root. */
  get allAreRoot(): boolean {
    return this.#allAreRoot
  }

  get(thread: number): Credentials {
    if (this.#noted.size === 0) return this.#initial
    const heirs: number[] = []
    const credentials = this.#inherited(thread, heirs)
    // Inherited credentials stay: only calls of the process itself change them.
    for (const leader of heirs) this.#note(leader, credentials)
    return credentials
  }

  /**
   * Credentials of the nearest noted ancestor. The processes on the way to it are added to `heirs`.
   */
  #inherited(thread: number, heirs: number[]): Credentials {
    for (let id = thread; ; ) {
      const known = this.#noted.get(id)
      const relatives = known === undefined ? this.#processes.relatives(id) : undefined
      if (relatives === undefined) return known ?? this.#initial
      const { leader, parent } = relatives
      const own = this.#noted.get(leader)
      if (own !== undefined) return own
      heirs.push(leader)
      if (parent === 0) return this.#initial
      id = parent
    }
  }

  /** Gives a process other credentials; its children keep theirs. */
  set(thread: number, credentials: Credentials): void {
    const before = this.get(thread)
    if (isDeepStrictEqual(before, credentials)) return
    const leader = this.#processes.relatives(thread)?.leader ?? thread
    this.#noteChildren(leader, before)
    if (!isRoot(credentials)) this.#allAreRoot = false
    this.#note(leader, credentials)
  }

  /** The process is about to end: its children will have another parent. */
  end(thread: number): void {
    if (this.#noted.size === 0) return
    const leader = this.#processes.relatives(thread)?.leader ?? thread
    const credentials = this.get(leader)
    if (credentials !== this.#initial) this.#noteChildren(leader, credentials)
    this.#noted.delete(leader)
  }

  #noteChildren(leader: number, credentials: Credentials): void {
    for (const child of this.#processes.children(leader)) if (!this.#noted.has(child)) this.#note(child, credentials)
  }

  #note(leader: number, credentials: Credentials): void {
    if (this.#noted.size >= this.#sweepAt) this.#sweep()
    this.#noted.set(leader, credentials)
  }

  #sweep(): void {
    for (const leader of this.#noted.keys()) if (!this.#processes.exists(leader)) this.#noted.delete(leader)
    this.#sweepAt = Math.max(firstSweep, 2 * this.#noted.size)
  }
}

/** -1 as an unsigned id: leave it as it is. */
export const unchanged = 0xffffffff

/**
 * setuid(2), setgid(2): a privileged process changes all three ids, others only the effective one,
 * to one they have. Returns the new ids, or a negated errno, as the two below do.
 */
export function setAll(ids: Ids, id: number, privileged: boolean): Ids | number {
  if (privileged) return { real: id, effective: id, saved: id }
  return id === ids.real || id === ids.saved ? { ...ids, effective: id } : -EPERM
}

/** setreuid(2), setregid(2). */
export function setRealEffective(
  ids: Ids,
  [real, effective]: readonly [number, number],
  privileged: boolean,
): Ids | number {
  const isOwn = (id: number, own: readonly number[]): boolean => id === unchanged || privileged || own.includes(id)
  if (!isOwn(real, [ids.real, ids.effective]) || !isOwn(effective, [ids.real, ids.effective, ids.saved])) return -EPERM
  const next = { real: pick(real, ids.real), effective: pick(effective, ids.effective) }
  const saves = real !== unchanged || (effective !== unchanged && effective !== ids.real)
  return { ...next, saved: saves ? next.effective : ids.saved }
}

/** setresuid(2), setresgid(2). */
export function setEach(ids: Ids, wanted: readonly [number, number, number], privileged: boolean): Ids | number {
  const own = [unchanged, ids.real, ids.effective, ids.saved]
  if (!privileged && wanted.some((id) => !own.includes(id))) return -EPERM
  const [real, effective, saved] = wanted
  return { real: pick(real, ids.real), effective: pick(effective, ids.effective), saved: pick(saved, ids.saved) }
}

function pick(id: number, otherwise: number): number {
  return id === unchanged ? otherwise : id
}
