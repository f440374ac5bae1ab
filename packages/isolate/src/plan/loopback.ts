import type { Call } from '../machine/call.ts'

/**
 * Turns the loopback interface of a new network namespace on; the socket becomes file descriptor
 * `fd`, which must be the lowest free one.
 */
export function planLoopback(fd: number): readonly Call[] {
  const request = Buffer.alloc(40) // struct ifreq: name, flags
  request.write('lo')
  request.writeUInt16LE(IFF_UP, 16)
  return [
    { name: 'socket', args: [AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0], purpose: 'open a socket' },
    { name: 'ioctl', args: [fd, SIOCSIFFLAGS, request], purpose: 'turn the loopback interface on' },
  ]
}

const AF_INET = 2
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const SIOCSIFFLAGS = 0x8914
const IFF_UP = 1
