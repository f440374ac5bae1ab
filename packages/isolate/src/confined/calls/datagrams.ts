import { EINVAL, EOPNOTSUPP, O_CLOEXEC, O_NONBLOCK } from '../../listener/kernel.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { AF_UNIX, readAddress, type SocketAddress, withSocketAt } from './socket-addresses.ts'

/** Datagrams to an address, sent from another socket: no answer to them arrives. */
export const datagramHandlers: ConfinedHandlers = {
  sendto: (given) => {
    const { listener } = given.tracee
    const address = readAddress(given, listener.address(4), listener.uint(5))
    if (address === undefined) return 'continue'
    if (typeof address === 'number') return address
    return send(given, address, [{ at: listener.address(1), size: listener.address(2) }])
  },
  sendmsg: (given) => {
    const message = readMessage(given, given.tracee.listener.address(1))
    return typeof message === 'object' ? sendMessage(given, message) : (message ?? 'continue')
  },
  // Messages that have no address of a UNIX socket are the kernel's, up to the first that has one.
  sendmmsg: (given) => {
    const { tracee } = given
    const { listener } = tracee
    const count = Math.min(listener.uint(2), mostMessages)
    for (let index = 0; index < count; index += 1) {
      const at = listener.address(1) + index * (messageSize + 8)
      const message = readMessage(given, at)
      if (message === undefined) continue
      if (typeof message === 'number' || index > 0) return -EINVAL
      const sent = sendMessage(given, message)
      if (sent < 0) return sent
      tracee.numbers.bytes.writeUInt32LE(sent, 0)
      tracee.write(at + messageSize, tracee.numbers, 4)
      return 1
    }
    return 'continue'
  },
}

/** sizeof(struct msghdr). */
const messageSize = 56
/** UIO_MAXIOV. */
const mostMessages = 1024
const SOCK_DGRAM = 2
const mostData = 1 << 20

interface Part {
  readonly at: number
  readonly size: number
}

interface Message {
  readonly address: SocketAddress
  readonly parts: readonly Part[]
  /** It carries descriptors or credentials. */
  readonly hasControl: boolean
}

/** Undefined for a message that has no address of a UNIX socket. */
function readMessage(given: Confinement, at: number): Message | undefined | number {
  const { tracee } = given
  const header = Buffer.from(tracee.read(at, messageSize))
  const word = (offset: number): number => Number(header.readBigUInt64LE(offset))
  const [name, size, vector, count, control] = [word(0), header.readUInt32LE(8), word(16), word(24), word(40)]
  if (name === 0 || size === 0) return undefined
  const address = readAddress(given, name, size)
  if (typeof address !== 'object') return address
  if (count > mostMessages) return -EINVAL
  const vectors = tracee.readAll(vector, 16 * count)
  const parts = Array.from({ length: count }, (_, index) => ({
    at: Number(vectors.readBigUInt64LE(16 * index)),
    size: Number(vectors.readBigUInt64LE(16 * index + 8)),
  }))
  return { address, parts, hasControl: control > 0 }
}

function sendMessage(given: Confinement, { address, parts, hasControl }: Message): number {
  return hasControl ? -EOPNOTSUPP : send(given, address, parts)
}

function send(given: Confinement, address: SocketAddress, parts: readonly Part[]): number {
  const { system } = given.tracee
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  if (size > mostData) return -EINVAL
  return withSocketAt(given, address, ({ memory, size: addressSize }) => {
    const socket = system.call('socket', AF_UNIX, SOCK_DGRAM | O_CLOEXEC | O_NONBLOCK, 0)
    if (socket < 0) return socket
    return given.tracee.using(socket, () => {
      const data = system.allocate(Math.max(1, size))
      Buffer.concat(parts.map((part) => given.tracee.readAll(part.at, part.size))).copy(data.bytes)
      return system.call('sendto', socket, data.address, size, MSG_NOSIGNAL, memory.address, addressSize)
    })
  })
}

const MSG_NOSIGNAL = 0x4000
