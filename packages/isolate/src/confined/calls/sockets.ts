import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EADDRINUSE,
  EEXIST,
  EINVAL,
  EISCONN,
  ENAMETOOLONG,
  EPROTOTYPE,
  O_CLOEXEC,
  O_NONBLOCK,
} from '../../listener/kernel.ts'
import type { Answer } from '../../listener/notification.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { fileKey } from '../running-programs.ts'
import type { Place } from '../paths/paths.ts'
import { recordName } from './new-files.ts'
import {
  abstractKey,
  encodeAddress,
  AF_UNIX,
  longestAddress,
  readAddress,
  type SocketAddress,
  withSocketAt,
} from './socket-addresses.ts'
import type { Peer } from './socket-peers.ts'

/**
 * UNIX sockets with an address. The supervisor cannot have the socket of another process, so it
 * makes another one that is bound or connected, and puts it in its place. All other sockets are the
 * kernel's.
 */
export const socketHandlers: ConfinedHandlers = {
  bind: (given) => {
    const { listener } = given.tracee
    const address = readAddress(given, listener.address(1), listener.uint(2))
    if (typeof address !== 'object') return address ?? unlessUnix(given, listener.uint(2) > 2)
    if (address.kind === 'path') return bind(given, address.name)
    given.sockets.bind(abstractKey(address.name), { own: describePeer(given) })
    return 'continue'
  },
  connect: (given) => {
    const { listener } = given.tracee
    const address = readAddress(given, listener.address(1), listener.uint(2))
    if (typeof address === 'object') return connect(given, address)
    return address ?? unlessUnix(given, true)
  },
  getsockopt: showPeer,
  getsockname: (given) => showPath(given, (socket) => given.sockets.pathOf(socket)),
  getpeername: (given) => showPath(given, (socket) => given.sockets.peerPathOf(socket)),
}

const SOCK_DGRAM = 2
/** State in proc_net(5), `unix`. */
const SS_CONNECTED = '03'

/** The caller as others see it. */
function describePeer({ caller }: Confinement): Peer {
  const { user, group } = caller.credentials
  return { pid: caller.leader, uid: user.effective, gid: group.effective }
}

function bind(given: Confinement, path: string): number {
  const { tracee, paths, sockets } = given
  const found = describeSocket(given, tracee.listener.int(0))
  if (typeof found === 'number') return found
  const result = paths.inParent(AT_FDCWD, path, (place) => {
    if (found.isBound) return exists(given, place) ? -EADDRINUSE : -EINVAL
    const name = `/proc/thread-self/fd/${place.parent}/${place.name}`
    if (name.length > longestAddress - 3) return -ENAMETOOLONG
    const { memory } = encodeAddress(given, name)
    return replace(given, found, (socket) => {
      const bound = tracee.system.call('bind', socket, memory.address, longestAddress)
      if (bound !== 0) return bound
      recordName(given, place, { mode: 0o777 })
      sockets.bind(fileKey(tracee.lookAtName(place.parent, place.name)), { own: describePeer(given), path })
      sockets.name(tracee.status(socket).ino, path)
      return 0
    })
  })
  return result === -EEXIST ? -EADDRINUSE : result
}

function exists({ tracee }: Confinement, { parent, name }: Place): boolean {
  const { address } = tracee.statx
  return tracee.system.call('statx', parent, tracee.pathAt(name), AT_SYMLINK_NOFOLLOW, 0, address) === 0
}

function connect(given: Confinement, address: SocketAddress): number {
  const { tracee, sockets } = given
  const found = describeSocket(given, tracee.listener.int(0))
  if (typeof found === 'number') return found
  return withSocketAt(given, address, ({ memory, size, key }) =>
    found.isConnected
      ? -EISCONN
      : replace(given, found, (socket) => {
          const connected = tracee.system.call('connect', socket, memory.address, size)
          // Datagrams have no peer.
          if (connected === 0 && found.type !== SOCK_DGRAM)
            sockets.connect(tracee.status(socket).ino, { own: describePeer(given), address: key })
          return connected
        }),
  )
}

const SOL_SOCKET = 1
/** sizeof(struct ucred). */
const peerSize = 12

/** Only `SO_PEERCRED` is trapped, among options of other levels with its number. */
function showPeer(given: Confinement): Answer {
  const { tracee, sockets } = given
  const { listener } = tracee
  const socket = openSocket(given, listener.int(0))
  if (listener.int(1) !== SOL_SOCKET || socket === undefined) return 'continue'
  // A pair of sockets has been made by the process itself, or by one like it.
  const peer = sockets.peerOf(socket) ?? (sockets.states.of(socket)?.hasPeer === true ? describePeer(given) : undefined)
  if (peer === undefined) return 'continue'
  const room = tracee.read(listener.address(4), 4).readUInt32LE(0)
  const size = Math.min(room, peerSize)
  const memory = tracee.system.allocate(peerSize)
  memory.bytes.set(new Uint8Array(Uint32Array.of(peer.pid, peer.uid, peer.gid).buffer))
  tracee.write(listener.address(3), memory, size)
  memory.bytes.writeUInt32LE(size, 0)
  tracee.write(listener.address(4), memory, 4)
  return 0
}

/** getsockname(2), getpeername(2): the kernel knows the path that the supervisor has used. */
function showPath(given: Confinement, find: (socket: number) => string | undefined): Answer {
  const { tracee } = given
  const { listener } = tracee
  const socket = openSocket(given, listener.int(0))
  const path = socket === undefined ? undefined : find(socket)
  if (path === undefined) return 'continue'
  const room = tracee.read(listener.address(2), 4).readInt32LE(0)
  if (room < 0) return -EINVAL
  const { memory } = encodeAddress(given, path)
  const size = 2 + path.length + 1
  tracee.write(listener.address(1), memory, Math.min(room, size))
  memory.bytes.writeUInt32LE(size, 0)
  tracee.write(listener.address(2), memory, 4)
  return 0
}

/**
 * Leaves an address of another family to the kernel, but not for a UNIX socket: it might be a path
 * when the kernel reads it. `hasName`: the address is long enough for one.
 */
function unlessUnix(given: Confinement, hasName: boolean): Answer {
  const socket = openSocket(given, given.tracee.listener.int(0))
  return hasName && socket !== undefined && given.sockets.states.of(socket) !== undefined ? -EINVAL : 'continue'
}

/** Inode of a socket of the caller. */
function openSocket({ tracee, paths }: Confinement, descriptor: number): number | undefined {
  const link = paths.readLink(AT_FDCWD, `/proc/${tracee.listener.thread}/fd/${descriptor}`)
  const inode = typeof link === 'number' ? undefined : /^socket:\[(\d+)\]$/.exec(link)?.[1]
  return inode === undefined ? undefined : Number(inode)
}

/** A socket of the caller. */
interface CallersSocket {
  readonly descriptor: number
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
  readonly type: number
  /** Flags of the open file and of the descriptor, as open(2) has them. */
  readonly flags: number
  readonly isBound: boolean
  /** It has another end for good: datagrams have none. */
  readonly isConnected: boolean
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
  const [, , , , kind, state, , name] = line?.split(/\s+/) ?? []
  if (flags === undefined || kind === undefined) return -EPROTOTYPE
  const type = parseInt(kind, 16)
  const isConnected = type !== SOCK_DGRAM && state === SS_CONNECTED
  return { descriptor, type, flags: parseInt(flags, 8), isBound: name !== undefined, isConnected }
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
