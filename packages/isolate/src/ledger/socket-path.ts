import type { Supervision } from './handler.ts'

const AF_UNIX = 1
/** Bytes of a path in an address (unix(7)). */
const longestSocketPath = 108

/** Path in the address that bind(2) is given; undefined for sockets without one. */
export function readSocketPath({ tracee }: Supervision): string | undefined {
  const { listener } = tracee
  const size = Math.min(listener.uint(2), longestSocketPath + 2)
  if (size < 3) return undefined
  const address = tracee.read(listener.address(1), size)
  if (address.readUInt16LE(0) !== AF_UNIX || address[2] === 0) return undefined
  return address.toString('latin1', 2).split('\0')[0]
}
