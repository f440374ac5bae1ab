import type { Call } from '../machine/call.ts'
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_SET_KEEPCAPS,
} from '../machine/flags.ts'
import type { Host } from './host.ts'

/** Numbers of capabilities (linux/capability.h). */
export const capability = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  FOWNER: 3,
  FSETID: 4,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_BIND_SERVICE: 10,
  NET_RAW: 13,
  SYS_CHROOT: 18,
  SYS_ADMIN: 21,
  MKNOD: 27,
  AUDIT_WRITE: 29,
  SETFCAP: 31,
} as const

/** Capabilities of a sandboxed process, as in BuildKit: all above except SYS_ADMIN. */
export const sandboxCapabilities: bigint = capabilitySet(
  Object.values(capability).filter((number) => number !== capability.SYS_ADMIN),
)

/** The same for a process in the network of the machine, where no filter limits raw sockets. */
export const withoutRawSockets: bigint = sandboxCapabilities & ~capabilitySet([capability.NET_RAW])

/** The bit set of some capabilities. */
export function capabilitySet(numbers: readonly number[]): bigint {
  return numbers.reduce((set, number) => set | (1n << BigInt(number)), 0n)
}

/**
 * Takes every capability but those `kept` away for good, also from programs that a set-user-ID bit
 * or file capabilities make strong.
 */
export function planCapabilities(host: Host, kept: bigint = sandboxCapabilities): readonly Call[] {
  return [clearAmbient, ...listNumbers(~kept).map(dropCapability), setCapabilities(host.capabilities & kept)]
}

/**
 * The same for a process that gains no rights by programs anyway (no_new_privs). It needs no right
 * itself.
 */
export function planFewerCapabilities(host: Host, kept: bigint): readonly Call[] {
  return [clearAmbient, setCapabilities(host.capabilities & kept)]
}

function setCapabilities(set: bigint): Call {
  return { name: 'capset', args: [capsetHeader, capsetData(set)], purpose: 'set the capabilities' }
}

/**
 * Lets another user than root keep every capability: what stands around the calls that make it that
 * user.
 */
export function keepCapabilities(host: Host, become: readonly Call[]): readonly Call[] {
  return [
    { name: 'prctl', args: [PR_SET_KEEPCAPS, 1, 0, 0, 0], purpose: 'keep the capabilities' },
    ...become,
    {
      name: 'capset',
      args: [capsetHeader, capsetData(host.capabilities, host.capabilities)],
      purpose: 'set the capabilities',
    },
    ...listNumbers(host.capabilities).map(
      (number): Call => ({
        name: 'prctl',
        args: [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0],
        purpose: `pass on capability ${number}`,
      }),
    ),
  ]
}

/** The error means that this kernel has no ambient capabilities, as gVisor. */
const clearAmbient: Call = {
  name: 'prctl',
  args: [PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0],
  purpose: 'clear the ambient capabilities',
  ignore: ['EINVAL'],
}

/**
 * The error means that this kernel has no such capability, so the number of its last one need not
 * be known (gVisor hides it).
 */
function dropCapability(number: number): Call {
  return {
    name: 'prctl',
    args: [PR_CAPBSET_DROP, number, 0, 0, 0],
    purpose: `drop capability ${number}`,
    ignore: ['EINVAL'],
  }
}

/** Numbers in a bit set, of the 64 that capset(2) can express. */
function listNumbers(set: bigint): readonly number[] {
  return Array.from({ length: 64 }, (_, number) => number).filter((number) => set & (1n << BigInt(number)))
}

const capsetHeader = new Uint8Array(Uint32Array.of(0x20080522, 0).buffer)

/** `set` is effective and permitted. */
function capsetData(set: bigint, inheritable = 0n): Uint8Array {
  const low = (bits: bigint): number => Number(bits & 0xffffffffn)
  const high = (bits: bigint): number => Number(bits >> 32n)
  return new Uint8Array(
    Uint32Array.of(low(set), low(set), low(inheritable), high(set), high(set), high(inheritable)).buffer,
  )
}
