import { O_CLOEXEC } from '../../listener/kernel.ts'
import type { Memory, System } from '../../listener/system.ts'

/** Ids of the other end of a socket (struct ucred). */
export interface Peer {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

interface Connected {
  readonly own: Peer
  readonly peer: Peer | undefined
}

/** State of a UNIX socket (linux/unix_diag.h). */
interface SocketState {
  /** Connected or listening. */
  readonly hasPeer: boolean
  /** Inode of the other end. */
  readonly other: number | undefined
}

const AF_NETLINK = 16
const SOCK_RAW = 3
const NETLINK_SOCK_DIAG = 4
const SOCK_DIAG_BY_FAMILY = 20
const NLM_F_REQUEST = 1
const AF_UNIX = 1
const UDIAG_SHOW_PEER = 4
const UNIX_DIAG_PEER = 2
const TCP_ESTABLISHED = 1
const TCP_LISTEN = 10

/** Sockets that are remembered; the oldest is forgotten first. */
const mostSockets = 4096

/**
 * UNIX sockets that supervised processes have bound and connected, with the ids that these had in
 * the guest: the kernel knows all of them as the builder (unix(7), SO_PEERCRED).
 */
export class SocketPeers {
  readonly #system: System
  readonly #bound = new Map<string, Peer>()
  readonly #connected = new Map<number, Connected>()
  readonly #request: Memory
  readonly #answer: Memory
  #netlink: number | undefined

  constructor(system: System) {
    this.#system = system
    this.#request = system.allocate(40)
    this.#answer = system.allocate(4096)
    const { bytes } = this.#request
    bytes.writeUInt32LE(40, 0)
    bytes.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4)
    bytes.writeUInt16LE(NLM_F_REQUEST, 6)
    bytes.writeUInt8(AF_UNIX, 16)
    bytes.fill(0xff, 20, 24) // in any state
    bytes.writeUInt32LE(UDIAG_SHOW_PEER, 28)
    bytes.fill(0xff, 32, 40) // with any cookie
  }

  /** `address`: a file, or the name of an abstract socket. */
  bind(address: string, own: Peer): void {
    remember(this.#bound, address, own)
  }

  isBound(address: string): boolean {
    return this.#bound.has(address)
  }

  connect(socket: number, { own, address }: { readonly own: Peer; readonly address: string }): void {
    remember(this.#connected, socket, { own, peer: this.#bound.get(address) })
  }

  /** The other end of a socket, by its inode; undefined where it is not known. */
  peerOf(socket: number): Peer | undefined {
    const known = this.#connected.get(socket)
    if (known !== undefined) return known.peer
    const other = this.stateOf(socket)?.other
    return other === undefined ? undefined : this.#connected.get(other)?.own
  }

  /**
   * Asks the kernel about a socket, by its inode (sock_diag(7)). Undefined for others than UNIX
   * sockets.
   */
  stateOf(socket: number): SocketState | undefined {
    const netlink = (this.#netlink ??= this.#system.call('socket', AF_NETLINK, SOCK_RAW | O_CLOEXEC, NETLINK_SOCK_DIAG))
    this.#request.bytes.writeUInt32LE(socket, 24)
    if (this.#system.call('write', netlink, this.#request.address, 40) < 0) return undefined
    const size = this.#system.call('read', netlink, this.#answer.address, this.#answer.bytes.length)
    const { bytes } = this.#answer
    if (size < 32 || bytes.readUInt16LE(4) !== SOCK_DIAG_BY_FAMILY) return undefined
    const state = bytes[18] ?? 0
    return {
      hasPeer: state === TCP_ESTABLISHED || state === TCP_LISTEN,
      other: size >= 40 && bytes.readUInt16LE(34) === UNIX_DIAG_PEER ? bytes.readUInt32LE(36) : undefined,
    }
  }

  close(): void {
    if (this.#netlink !== undefined) this.#system.call('close', this.#netlink)
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.size > mostSockets ? map.keys() : []
  if (oldest !== undefined) map.delete(oldest)
}
