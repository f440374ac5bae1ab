import { AT_FDCWD, EACCES, ECONNREFUSED, EFAULT, EINVAL, S_IFMT, S_IFSOCK } from '../../listener/kernel.ts'
import type { Memory } from '../../listener/system.ts'
import type { Confinement } from '../context.ts'
import { WRITE } from '../permissions.ts'
import { fileKey } from '../running-programs.ts'

export const AF_UNIX = 1
/** sizeof(struct sockaddr_un). */
export const longestAddress = 110

/** Address of a UNIX socket: a path, or a name of the abstract namespace. */
export interface SocketAddress {
  readonly kind: 'path' | 'abstract'
  readonly name: string
}

/**
 * Reads an address from the caller's memory; undefined for one of another family and an unnamed
 * one, a negated errno for one that is wrong.
 */
export function readAddress(
  { tracee }: Confinement,
  address: number,
  size: number,
): SocketAddress | undefined | number {
  if (size < 2) return undefined
  if (address === 0) return -EFAULT
  const bytes = Buffer.from(tracee.read(address, Math.min(size, 128)))
  if (bytes.readUInt16LE(0) !== AF_UNIX || size === 2) return undefined
  if (size > longestAddress) return -EINVAL
  if (bytes[2] === 0) return { kind: 'abstract', name: bytes.toString('latin1', 3, size) }
  const end = bytes.indexOf(0, 2)
  return { kind: 'path', name: bytes.toString('latin1', 2, end < 0 ? size : end) }
}

/** An address that the supervisor can use. */
export interface UsableAddress {
  readonly memory: Memory
  readonly size: number
  /** Identity of the socket at the address, as `SocketPeers` has it. */
  readonly key: string
}

/** Finds the socket at an address, for a caller that may write to it. */
export function withSocketAt(
  given: Confinement,
  { kind, name }: SocketAddress,
  use: (address: UsableAddress) => number,
): number {
  const { tracee, paths, permissions, caller, sockets } = given
  if (kind === 'abstract') {
    const key = abstractKey(name)
    if (!sockets.isBound(key) && !given.reachesHostSockets) return -ECONNREFUSED
    return use({ ...encodeAddress(given, `\0${name}`), size: 3 + name.length, key })
  }
  const file = paths.look(AT_FDCWD, name, true)
  if (file < 0) return file
  return tracee.using(file, () => {
    const status = tracee.status(file)
    if ((status.mode & S_IFMT) !== S_IFSOCK) return -ECONNREFUSED
    if (permissions.check(caller.credentials, status, WRITE) !== 0) return -EACCES
    return use({ ...encodeAddress(given, `/proc/thread-self/fd/${file}`), size: longestAddress, key: fileKey(status) })
  })
}

/** Key of a name in the abstract namespace. */
export function abstractKey(name: string): string {
  return `\0${name}`
}

/** struct sockaddr_un. */
export function encodeAddress({ tracee }: Confinement, path: string): { readonly memory: Memory } {
  const memory = tracee.system.allocate(longestAddress)
  memory.bytes.writeUInt16LE(AF_UNIX, 0)
  memory.bytes.write(path, 2, 'latin1')
  return { memory }
}
