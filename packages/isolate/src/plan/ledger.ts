import type { Call } from '../machine/call.ts'
import { type Arch, recordSize, reportFd } from '../machine/machine-code.ts'
import { deviceCalls, type TrappedCall, trappedCalls } from '../ledger/trapped.ts'
import { movedCode } from '../ledger/moved-programs.ts'
import type { ProcessSpec } from '../model/process.ts'
import {
  allow,
  instruction,
  jumpIfEqual,
  loadArch,
  loadNumber,
  notify,
  notifyFrom,
  notifyIf,
  onlyIf,
} from '../machine/bpf.ts'
import { awaitCaller, closeOthers, recordKey } from '../machine/children.ts'

/**
 * Descriptor of the listener in the process that makes it. It is closed when the program is
 * executed.
 */
const listenerFd = reportFd + 1

/**
 * Hands the calls that the ledger is about to a supervisor, and waits until it has the listener.
 * Comes after all mounts: the descriptors that were taken for them are closed.
 */
export function planLedger(arch: Arch, { user, fixed = false }: Pick<ProcessSpec, 'user' | 'fixed'>): readonly Call[] {
  const moved = movedCode(arch)
  const guarded = user.uid === 0 ? { ...moved, ...(fixed && { least: 0 }) } : 'all'
  const calls = trappedCalls(arch, { guarded })
  return planListener(ledgerFilter(calls, arch), { first: ['EINVAL'], second: ['EBUSY'] })
}

/**
 * Hands the calls that make devices to a supervisor. Where no listener can be had, as in a process
 * that is listened to already, the kernel goes on refusing devices; the report then names a
 * descriptor that does not exist.
 */
export function planDeviceListener(arch: Arch): readonly Call[] {
  return planListener(ledgerFilter(deviceCalls(arch), arch), { first: 'all', second: 'all' })
}

function planListener(
  filter: Uint8Array,
  ignore: { readonly first: Call['ignore']; readonly second: Call['ignore'] },
): readonly Call[] {
  const program = { words: [filter.length / 8, filter] }
  const record = new Uint8Array(BigUint64Array.of(recordKey.listener, BigInt(listenerFd)).buffer)
  const listen = (flags: number, ignored: Call['ignore']): Call => ({
    name: 'seccomp',
    args: [SET_MODE_FILTER, flags, program],
    purpose: 'listen to system calls',
    ...(ignored !== undefined && { ignore: ignored }),
  })
  return [
    closeOthers,
    // Without this flag, of Linux 5.19, a signal may make a program repeat a call that was
    // performed. At most one listener is possible.
    listen(FLAGS | FLAG_WAIT_KILLABLE_RECV, ignore.first),
    listen(FLAGS, ignore.second),
    { name: 'write', args: [reportFd, record, recordSize], purpose: 'report the listener' },
    awaitCaller('wait for the supervisor'),
  ]
}

const SET_MODE_FILTER = 1
const FLAG_SPEC_ALLOW = 4
const FLAG_NEW_LISTENER = 8
const FLAG_WAIT_KILLABLE_RECV = 32
const FLAGS = FLAG_SPEC_ALLOW | FLAG_NEW_LISTENER

/** AUDIT_ARCH_…. Programs for other processors, 32 bits among them, are not trapped. */
const auditArch: Readonly<Record<Arch, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 }

function ledgerFilter(calls: readonly TrappedCall[], arch: Arch): Uint8Array {
  return Uint8Array.from([
    ...loadArch,
    ...instruction(jumpIfEqual, auditArch[arch], { jt: 1 }),
    ...allow,
    ...loadNumber,
    ...calls.flatMap((call) => onlyIf(call.number, filterBody(call))),
    ...allow,
  ])
}

function filterBody({ onlyIf: test, from }: TrappedCall): readonly number[] {
  const decide = from && notifyFrom(from)
  return test === undefined ? (decide ?? notify) : notifyIf(test, decide)
}
