import type { System } from '../../listener/system.ts'
import { SocketStates } from './socket-states.ts'

/** Ids of the other end of a socket (struct ucred). */
export interface Peer {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** A socket that was bound. */
interface Bound {
  readonly own: Peer
  /** Path that the process has given. */
  readonly path?: string | undefined
}

interface Connected {
  readonly own: Peer
  readonly to: Bound | undefined
}

/** Sockets that are remembered; the oldest is forgotten first. */
const mostSockets = 4096

/**
 * UNIX sockets that supervised processes have bound and connected, with the ids and paths that
 * these had in the guest. The kernel knows all of them as the builder (unix(7), SO_PEERCRED), by
 * paths of the supervisor.
 */
export class SocketPeers {
  readonly states: SocketStates
  readonly #bound = new Map<string, Bound>()
  readonly #connected = new Map<number, Connected>()
  /** By the file as `SocketState` has it. */
  readonly #paths = new Map<string, string>()

  constructor(system: System) {
    this.states = new SocketStates(system)
  }

  /** `address`: a file, or the name of an abstract socket. */
  bind(address: string, bound: Bound): void {
    remember(this.#bound, address, bound)
  }

  /** Notes the path of a bound socket of the supervisor, by its inode. */
  name(socket: number, path: string): void {
    const file = this.states.of(socket)?.file
    if (file !== undefined) remember(this.#paths, file, path)
  }

  isBound(address: string): boolean {
    return this.#bound.has(address)
  }

  connect(socket: number, { own, address }: { readonly own: Peer; readonly address: string }): void {
    remember(this.#connected, socket, { own, to: this.#bound.get(address) })
  }

  /** Ids of the other end of a socket, by its inode; undefined where it is not known. */
  peerOf(socket: number): Peer | undefined {
    const known = this.#connected.get(socket)
    if (known !== undefined) return known.to?.own
    const other = this.states.of(socket)?.other
    return other === undefined ? undefined : this.#connected.get(other)?.own
  }

  /** Path that a socket, or the one that accepted it, was bound to; undefined where it has none. */
  pathOf(socket: number): string | undefined {
    const file = this.states.of(socket)?.file
    return file === undefined ? undefined : this.#paths.get(file)
  }

  /** The same of the other end. */
  peerPathOf(socket: number): string | undefined {
    const known = this.#connected.get(socket)
    if (known !== undefined) return known.to?.path
    const other = this.states.of(socket)?.other
    return other === undefined ? undefined : this.pathOf(other)
  }

  close(): void {
    this.states.close()
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.size > mostSockets ? map.keys() : []
  if (oldest !== undefined) map.delete(oldest)
}
