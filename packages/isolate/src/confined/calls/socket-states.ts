import { O_CLOEXEC } from '../../listener/kernel.ts'
import type { Memory, System } from '../../listener/system.ts'

/** State of a UNIX socket (linux/unix_diag.h). */
export interface SocketState {
  /** Connected or listening. */
  readonly hasPeer: boolean
  /** Inode of the other end. */
  readonly other: number | undefined
  /** File that it is bound to, or that its listening socket is bound to. */
  readonly file: string | undefined
}

const AF_UNIX = 1
const AF_NETLINK = 16
const SOCK_RAW = 3
const NETLINK_SOCK_DIAG = 4
const SOCK_DIAG_BY_FAMILY = 20
const NLM_F_REQUEST = 1
const UDIAG_SHOW_VFS = 2
const UDIAG_SHOW_PEER = 4
const UNIX_DIAG_VFS = 1
const UNIX_DIAG_PEER = 2
const TCP_ESTABLISHED = 1
const TCP_LISTEN = 10
/** sizeof(struct nlmsghdr) + sizeof(struct unix_diag_msg). */
const fixedSize = 32

/** Asks the kernel about UNIX sockets of any process (sock_diag(7)). */
export class SocketStates {
  readonly #system: System
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
    bytes.writeUInt32LE(UDIAG_SHOW_VFS | UDIAG_SHOW_PEER, 28)
    bytes.fill(0xff, 32, 40) // with any cookie
  }

  /** State of a socket, by its inode. Undefined for others than UNIX sockets. */
  of(socket: number): SocketState | undefined {
    const netlink = (this.#netlink ??= this.#system.call('socket', AF_NETLINK, SOCK_RAW | O_CLOEXEC, NETLINK_SOCK_DIAG))
    this.#request.bytes.writeUInt32LE(socket, 24)
    if (this.#system.call('write', netlink, this.#request.address, 40) < 0) return undefined
    const size = this.#system.call('read', netlink, this.#answer.address, this.#answer.bytes.length)
    const { bytes } = this.#answer
    if (size < fixedSize || bytes.readUInt16LE(4) !== SOCK_DIAG_BY_FAMILY) return undefined
    const state = bytes[18] ?? 0
    const attributes = readAttributes(bytes.subarray(fixedSize, size))
    return {
      hasPeer: state === TCP_ESTABLISHED || state === TCP_LISTEN,
      other: attributes.get(UNIX_DIAG_PEER)?.readUInt32LE(0),
      // Inode and device.
      file: attributes.get(UNIX_DIAG_VFS)?.toString('hex'),
    }
  }

  close(): void {
    if (this.#netlink !== undefined) this.#system.call('close', this.#netlink)
  }
}

/** Attributes of a netlink message (netlink(7), struct nlattr). */
function readAttributes(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>()
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt16LE(at)
    if (size < 4) break
    attributes.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 4, at + size))
    at += (size + 3) & ~3
  }
  return attributes
}
