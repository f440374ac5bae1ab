import {
  allow,
  and,
  answer,
  EPERM,
  instruction,
  jumpIfEqual,
  loadArgument,
  onlyIf,
  refuse,
  refuseIf,
} from '../machine/bpf.ts'

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_PACKET = 17
export const SOCK_RAW = 3
/** The old name of packet sockets, a type of AF_INET. */
export const SOCK_PACKET = 10
export const SOCK_TYPE_MASK = 15
export const IPPROTO_ICMP = 1
export const IPPROTO_ICMPV6 = 58

function onlyProtocol(protocol: number): readonly number[] {
  return [...loadArgument(2), ...onlyIf(protocol, allow), ...instruction(answer, refuse(EPERM))]
}

/**
 * Refuses packet sockets and raw ones, but those for ICMP, by the arguments of `socket`, of which
 * the family is loaded. Netlink sockets are raw ones too.
 */
export const pingOnly: readonly number[] = [
  ...refuseIf(jumpIfEqual, AF_PACKET),
  ...loadArgument(1),
  ...instruction(and, SOCK_TYPE_MASK),
  ...refuseIf(jumpIfEqual, SOCK_PACKET),
  ...onlyIf(SOCK_RAW, [
    ...loadArgument(0),
    ...onlyIf(AF_INET, onlyProtocol(IPPROTO_ICMP)),
    ...onlyIf(AF_INET6, onlyProtocol(IPPROTO_ICMPV6)),
  ]),
]

export const SOL_IP = 0
export const IP_HDRINCL = 3
export const SOL_IPV6 = 41
export const IPV6_HDRINCL = 36

/**
 * By the arguments of `setsockopt`: headers of one's own would make any packet of a socket for
 * ICMP.
 */
export const noOwnHeaders: readonly number[] = [
  ...loadArgument(1),
  ...onlyIf(SOL_IP, [...loadArgument(2), ...refuseIf(jumpIfEqual, IP_HDRINCL), ...allow]),
  ...onlyIf(SOL_IPV6, [...loadArgument(2), ...refuseIf(jumpIfEqual, IPV6_HDRINCL)]),
]

export const SYS_SOCKET = 1

/** By the arguments of `socketcall`, which has those of `socket` in memory. */
export const noSocketcall: readonly number[] = [...loadArgument(0), ...refuseIf(jumpIfEqual, SYS_SOCKET)]
