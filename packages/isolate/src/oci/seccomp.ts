import type { Arch } from '../machine/machine-code.ts'
import { ENOSYS, EPERM } from '../machine/bpf.ts'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  IP_HDRINCL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPV6_HDRINCL,
  SOCK_PACKET,
  SOCK_RAW,
  SOCK_TYPE_MASK,
  SOL_IP,
  SOL_IPV6,
  SYS_SOCKET,
} from '../plan/ping-sockets.ts'
import { namespaceFlags, refusedCalls, refusedFamilies } from '../plan/seccomp.ts'

/**
 * A condition on an argument of a system call. With a mask, `value` is the mask and `valueTwo` the
 * wanted bits.
 */
interface Condition {
  readonly index: number
  readonly value: number
  readonly valueTwo?: number
  readonly op: 'SCMP_CMP_EQ' | 'SCMP_CMP_NE' | 'SCMP_CMP_MASKED_EQ'
}

interface Rule {
  readonly names: readonly string[]
  readonly action: 'SCMP_ACT_ERRNO'
  readonly errnoRet: number
  readonly args?: readonly Condition[]
}

/** `linux.seccomp` of a runtime configuration. */
export interface SeccompProfile {
  readonly defaultAction: 'SCMP_ACT_ALLOW'
  readonly architectures: readonly string[]
  readonly syscalls: readonly Rule[]
}

/**
 * The filter of `planSeccomp` for libseccomp. It cannot refuse calls by number, so those newer than
 * libseccomp stay allowed.
 */
export function seccompProfile(arch: Arch, sockets: 'any' | 'ping'): SeccompProfile {
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: architectures[arch],
    syscalls: [
      refuse(Object.keys(refusedCalls)),
      // Its flags are in memory, where a filter cannot look. C libraries fall back to clone.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      ...namespaceFlags.map((flag) => refuse(['clone'], hasBits(0, flag, flag))),
      ...refusedFamilies.map((family) => refuse(['socket'], is(0, family))),
      ...(sockets === 'ping' ? pingOnly : []),
    ],
  }
}

/** Processes of 32 bits are filtered too. */
const architectures: Readonly<Record<Arch, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
}

const raw = hasBits(1, SOCK_TYPE_MASK, SOCK_RAW)

const pingOnly: readonly Rule[] = [
  refuse(['socket'], is(0, AF_PACKET)),
  refuse(['socket'], hasBits(1, SOCK_TYPE_MASK, SOCK_PACKET)),
  refuse(['socket'], is(0, AF_INET), raw, isNot(2, IPPROTO_ICMP)),
  refuse(['socket'], is(0, AF_INET6), raw, isNot(2, IPPROTO_ICMPV6)),
  refuse(['setsockopt'], is(1, SOL_IP), is(2, IP_HDRINCL)),
  refuse(['setsockopt'], is(1, SOL_IPV6), is(2, IPV6_HDRINCL)),
  refuse(['socketcall'], is(0, SYS_SOCKET)),
]

function refuse(names: readonly string[], ...args: readonly Condition[]): Rule {
  return { names, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM, ...(args.length !== 0 && { args }) }
}

function is(index: number, value: number): Condition {
  return { index, value, op: 'SCMP_CMP_EQ' }
}

function isNot(index: number, value: number): Condition {
  return { index, value, op: 'SCMP_CMP_NE' }
}

function hasBits(index: number, mask: number, bits: number): Condition {
  return { index, value: mask, valueTwo: bits, op: 'SCMP_CMP_MASKED_EQ' }
}
