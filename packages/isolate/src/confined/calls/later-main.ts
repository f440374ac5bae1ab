import { workerData } from 'node:worker_threads'
import type { Arch } from '../../launcher/machine-code.ts'
import { AT_FDCWD, O_CLOEXEC } from '../../ledger/kernel.ts'
import { answerCall } from '../../ledger/notification.ts'
import { loadSystem } from '../../ledger/system.ts'

/** A named pipe to open, and the call that waits for it. */
export interface LateOpening {
  readonly arch: Arch
  /** Open file of the pipe (`O_PATH`), closed at the end. */
  readonly pipe: number
  readonly flags: number
  readonly closeOnExec: boolean
  /** Listener and id of the notification. */
  readonly listener: number
  readonly id: bigint
}

const { arch, pipe, flags, closeOnExec, listener, id }: LateOpening = workerData
const system = loadSystem(arch)
const path = system.allocate(64)
path.bytes.write(`/proc/self/fd/${pipe}\0`, 'latin1')
const fd = system.call('openat', AT_FDCWD, path.address, flags | O_CLOEXEC)
answerCall({ system, listener, id, memory: system.allocate(24) }, fd < 0 ? fd : { fd, closeOnExec })
system.call('close', pipe)
