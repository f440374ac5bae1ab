import {
  AT_FDCWD,
  EACCES,
  EADDRINUSE,
  ECONNREFUSED,
  EEXIST,
  EINVAL,
  ENAMETOOLONG,
  EPROTOTYPE,
  O_CLOEXEC,
  O_NONBLOCK,
  S_IFMT,
  S_IFSOCK,
} from '../../ledger/kernel.ts'
import type { Answer } from '../../ledger/notification.ts'
import type { Memory } from '../../ledger/system.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { recordName } from './new-files.ts'
import { WRITE } from '../permissions.ts'

/**
 * UNIX sockets with a path. The supervisor cannot have the socket of another process, so it makes
 * another one that is bound or connected, and puts it in its place. All other sockets are the
 * kernel's.
 */
export const socketHandlers: ConfinedHandlers = {
  bind: (given) => withPath(given, 1, (path) => bind(given, path)),
  connect: (given) => withPath(given, 1, (path) => connect(given, path)),
  sendto: (given) => withPath(given, 4, (path) => sendTo(given, path)),
}

const AF_UNIX = 1
/** sizeof(struct sockaddr_un). */
const longestAddress = 110
const SOCK_DGRAM = 2
const mostData = 1 << 20

/** Leaves sockets without a path to the kernel: of other families, abstract and unnamed ones. */
function withPath(given: Confinement, argument: number, use: (path: string) => number): Answer {
  const { tracee } = given
  const [address, size] = [tracee.listener.address(argument), tracee.listener.uint(argument + 1)]
  if (size < 2 || size > 128) return 'continue'
  const bytes = Buffer.from(tracee.read(address, size))
  if (bytes.readUInt16LE(0) !== AF_UNIX || size === 2 || bytes[2] === 0) return 'continue'
  if (size > longestAddress) return -EINVAL
  const end = bytes.indexOf(0, 2)
  return use(bytes.toString('latin1', 2, end < 0 ? size : end))
}

function bind(given: Confinement, path: string): number {
  const { tracee, paths } = given
  const found = describeSocket(given, tracee.listener.int(0))
  if (typeof found === 'number') return found
  const result = paths.inParent(AT_FDCWD, path, (place) => {
    const address = addressOf(given, `/proc/thread-self/fd/${place.parent}/${place.name}`)
    if (address === undefined) return -ENAMETOOLONG
    return replace(given, found, (socket) => {
      const bound = tracee.system.call('bind', socket, address.address, longestAddress)
      return bound === 0 ? recordName(given, place, { mode: 0o777 }) : bound
    })
  })
  return result === -EEXIST ? -EADDRINUSE : result
}

function connect(given: Confinement, path: string): number {
  const { tracee } = given
  const found = describeSocket(given, tracee.listener.int(0))
  if (typeof found === 'number') return found
  return withSocketFile(given, path, (address) =>
    replace(given, found, (socket) => tracee.system.call('connect', socket, address.address, longestAddress)),
  )
}

/** A datagram to a path, sent from another socket: no answer to it arrives. */
function sendTo(given: Confinement, path: string): number {
  const { tracee } = given
  const { system, listener } = tracee
  const size = listener.address(2)
  if (size > mostData) return -EINVAL
  return withSocketFile(given, path, (address) => {
    const socket = system.call('socket', AF_UNIX, SOCK_DGRAM | O_CLOEXEC | O_NONBLOCK, 0)
    if (socket < 0) return socket
    return tracee.using(socket, () => {
      const data = system.allocate(Math.max(1, size))
      tracee.readAll(listener.address(1), size).copy(data.bytes)
      return system.call('sendto', socket, data.address, size, MSG_NOSIGNAL, address.address, longestAddress)
    })
  })
}

const MSG_NOSIGNAL = 0x4000

/** Finds the file of a socket that the caller may write to. */
function withSocketFile(given: Confinement, path: string, use: (address: Memory) => number): number {
  const { tracee, paths, permissions, caller } = given
  const file = paths.look(AT_FDCWD, path, true)
  if (file < 0) return file
  return tracee.using(file, () => {
    const status = tracee.status(file)
    if ((status.mode & S_IFMT) !== S_IFSOCK) return -ECONNREFUSED
    if (permissions.check(caller.credentials, status, WRITE) !== 0) return -EACCES
    const address = addressOf(given, `/proc/thread-self/fd/${file}`)
    return address === undefined ? -ENAMETOOLONG : use(address)
  })
}

/** struct sockaddr_un; undefined for a path that is too long for it. */
function addressOf({ tracee }: Confinement, path: string): Memory | undefined {
  if (path.length > longestAddress - 3) return undefined
  const memory = tracee.system.allocate(longestAddress)
  memory.bytes.writeUInt16LE(AF_UNIX, 0)
  memory.bytes.write(path, 2, 'latin1')
  return memory
}

/** A socket of the caller. */
interface CallersSocket {
  readonly descriptor: number
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
  readonly type: number
  /** Flags of the open file and of the descriptor, as open(2) has them. */
  readonly flags: number
}

/** Reads from /proc what a socket of the caller is (proc_net(5), `unix`). */
function describeSocket({ tracee, paths }: Confinement, descriptor: number): CallersSocket | number {
  const { thread } = tracee.listener
  const link = paths.readLink(AT_FDCWD, `/proc/${thread}/fd/${descriptor}`)
  if (typeof link === 'number') return link
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1]
  const flags = /^flags:\s*([0-7]+)$/m.exec(tracee.readFile(`/proc/${thread}/fdinfo/${descriptor}`) ?? '')?.[1]
  const line = tracee
    .readFile(`/proc/${thread}/net/unix`)
    ?.split('\n')
    .find((text) => text.split(/\s+/)[6] === inode)
  const type = line?.split(/\s+/)[4]
  return flags === undefined || type === undefined
    ? -EPROTOTYPE
    : { descriptor, type: parseInt(type, 16), flags: parseInt(flags, 8) }
}

/** Prepares a new socket and puts it in the place of the caller's. */
function replace(
  { tracee }: Confinement,
  { descriptor, type, flags }: CallersSocket,
  prepare: (socket: number) => number,
): number {
  const { system, listener } = tracee
  const socket = system.call('socket', AF_UNIX, type | O_CLOEXEC | O_NONBLOCK, 0)
  if (socket < 0) return socket
  return tracee.using(socket, () => {
    const result = prepare(socket)
    if (result !== 0) return result
    if ((flags & O_NONBLOCK) === 0) system.call('fcntl', socket, F_SETFL, 0)
    const placed = listener.replaceDescriptor(socket, descriptor, (flags & O_CLOEXEC) !== 0)
    return placed < 0 ? placed : 0
  })
}

const F_SETFL = 4
