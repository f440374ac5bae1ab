import { EINVAL, EPERM, ESRCH } from '../../listener/kernel.ts'
import type { Answer } from '../../listener/notification.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { readCapabilities, type Process } from '../processes.ts'

/**
 * capget(2), capset(2): the kernel gives a confined process no capability. Programs such as
 * `setcap` look before they act.
 */
export const capabilityHandlers: ConfinedHandlers = { capget, capset }

/** Number of structures of three words each in the data, by the version in the header. */
const structures = new Map([
  [0x19980330, 1],
  [0x20071026, 2],
  [0x20080522, 2],
])
const newestVersion = 0x20080522
const structureSize = 12

function capget(given: Confinement): Answer {
  const { tracee } = given
  const { count, thread } = readHeader(given)
  const data = tracee.listener.address(1)
  if (data === 0) return 0
  if (count === undefined) return -EINVAL
  const target = findProcess(given, thread)
  if (target === undefined) return -ESRCH
  const { effective, permitted, inheritable } = readCapabilities(target)
  const memory = tracee.system.allocate(count * structureSize)
  for (let index = 0; index < count; index += 1)
    for (const [field, set] of [effective, permitted, inheritable].entries())
      memory.bytes.writeUInt32LE(Number((set >> BigInt(32 * index)) & 0xffffffffn), index * structureSize + 4 * field)
  tracee.write(data, memory, count * structureSize)
  return 0
}

function capset(given: Confinement): Answer {
  const { tracee, caller, processes } = given
  const { count, thread } = readHeader(given)
  if (count === undefined) return -EINVAL
  if (findProcess(given, thread) !== caller) return -EPERM
  const bytes = tracee.read(tracee.listener.address(1), count * structureSize)
  const set = (field: number): bigint => {
    const word = (index: number): bigint => BigInt(bytes.readUInt32LE(index * structureSize + 4 * field))
    return count === 1 ? word(0) : word(0) | (word(1) << 32n)
  }
  const capabilities = { effective: set(0), permitted: set(1), inheritable: set(2) }
  const before = readCapabilities(caller)
  const isAllowed =
    isPart(capabilities.permitted, before.permitted) &&
    isPart(capabilities.effective, capabilities.permitted) &&
    isPart(capabilities.inheritable, before.inheritable | before.permitted)
  if (!isAllowed) return -EPERM
  const privileged = capabilities.effective !== 0n
  processes.set(tracee.listener.thread, { ...caller.credentials, capabilities, privileged })
  return 0
}

/** prctl(2), PR_CAPBSET_READ. */
export function readBounding({ tracee, caller }: Confinement): Answer {
  const number = tracee.listener.uint(1)
  return number > lastCapability ? -EINVAL : Number((caller.bounding >> BigInt(number)) & 1n)
}

/** prctl(2), PR_CAPBSET_DROP. */
export function dropBounding({ tracee, caller, processes }: Confinement): Answer {
  const number = tracee.listener.uint(1)
  if (!caller.credentials.privileged) return -EPERM
  if (number > lastCapability) return -EINVAL
  processes.noteChildren(caller, tracee.listener.thread)
  caller.bounding &= ~(1n << BigInt(number))
  return 0
}

/** prctl(2), PR_SET_SECUREBITS: only the usual meaning of root is supported. */
export function setSecureBits({ tracee, caller }: Confinement): Answer {
  return caller.credentials.privileged && tracee.listener.address(1) === 0 ? 0 : -EPERM
}

/** prctl(2), PR_SET_NO_NEW_PRIVS. The kernel has this for every confined process. */
export function giveUpNewPrivileges({ tracee, caller, processes }: Confinement): Answer {
  const [value, ...rest] = [1, 2, 3, 4].map((index) => tracee.listener.address(index))
  if (value !== 1 || rest.some((word) => word !== 0)) return -EINVAL
  processes.set(tracee.listener.thread, { ...caller.credentials, hasNoNewPrivileges: true })
  return 0
}

/** CAP_CHECKPOINT_RESTORE, of Linux 5.9. */
const lastCapability = 40

/** A header with an unknown version gets the newest one. */
function readHeader({ tracee }: Confinement): { readonly count: number | undefined; readonly thread: number } {
  const { listener, numbers } = tracee
  const header = tracee.read(listener.address(0), 8)
  const count = structures.get(header.readUInt32LE(0))
  const thread = header.readInt32LE(4)
  if (count === undefined) {
    numbers.bytes.writeUInt32LE(newestVersion, 0)
    tracee.write(listener.address(0), numbers, 4)
  }
  return { count, thread }
}

/** 0 is the caller itself. */
function findProcess({ tracee, processes, caller }: Confinement, thread: number): Process | undefined {
  if (thread === 0) return caller
  const leader = tracee.relatives(thread)?.leader
  return leader === undefined ? undefined : processes.find(leader)
}

function isPart(set: bigint, of: bigint): boolean {
  return (set & ~of) === 0n
}
