import type { Call } from '../machine/call.ts'
import { type Arch, recordSize, reportFd } from '../machine/machine-code.ts'
import { type TrappedCall, trappedCalls } from '../ledger/trapped.ts'
import type { ProcessSpec } from '../model/process.ts'
import { allow, instruction, jumpIfEqual, loadArch, loadNumber, notify, notifyIf, onlyIf } from '../machine/bpf.ts'
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
export function planLedger(arch: Arch, { uid }: ProcessSpec['user']): readonly Call[] {
  const filter = ledgerFilter(trappedCalls(arch, { guarded: uid !== 0 }), arch)
  const program = { words: [filter.length / 8, filter] }
  const record = new Uint8Array(BigUint64Array.of(recordKey.listener, BigInt(listenerFd)).buffer)
  const purpose = 'listen to system calls'
  return [
    closeOthers,
    // Without this flag, of Linux 5.19, a signal may make a program repeat a call that was
    // performed. At most one listener is possible.
    { name: 'seccomp', args: [SET_MODE_FILTER, FLAGS | FLAG_WAIT_KILLABLE_RECV, program], purpose, ignore: ['EINVAL'] },
    { name: 'seccomp', args: [SET_MODE_FILTER, FLAGS, program], purpose, ignore: ['EBUSY'] },
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
    ...calls.flatMap((call) => onlyIf(call.number, call.onlyIf === undefined ? notify : notifyIf(call.onlyIf))),
    ...allow,
  ])
}
