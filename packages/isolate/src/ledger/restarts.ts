import type { Handlers, Supervision } from './handler.ts'
import { mayBeInterrupted, type Waits } from './interruptible.ts'
import { EINTR } from '../listener/kernel.ts'
import { Unresolved } from '../listener/tracee-memory.ts'
import { writeWord } from '../listener/words.ts'
import { isInstruction, readSignalFrame, type SignalFrame, signalLayout } from './signal-frame.ts'

/** Offsets in the kernel's structure of sigaction(2), the same on every processor. */
const [flagsOffset, maskOffset] = [8, 24]
export const SA_RESTART = 0x10000000
/** SIG_DFL and SIG_IGN, where no handler runs. */
export const mostSpecialHandler = 1
/** The byte of a signal set with signal 64, and the signal in it. */
const [markerByte, marker] = [7, 0x80]

/**
 * Calls that a signal interrupts go on after its handler. A signal that arrives before the
 * supervisor has received a call would let it fail with EINTR, also a call that can never fail so,
 * as stat(2) and getuid(2). Therefore every handler restarts calls (`SA_RESTART`). One that was not
 * to do so is marked: it blocks signal 64 while it runs. When it returns, the call that the kernel
 * is about to restart fails with EINTR, if it is one that waits.
 *
 * `restarted`: names of waiting calls that the supervisor answers, so that they are always
 * restarted.
 */
export function restartHandlers(restarted: readonly string[]): Handlers {
  const calls = mayBeInterrupted(restarted)
  return {
    rt_sigaction: (given) => {
      markHandler(given)
      return 'continue'
    },
    rt_sigreturn: (given) => {
      try {
        interrupt(given, calls)
      } catch (error) {
        // The call is restarted. An error would be one of rt_sigreturn, which ends the process.
        if (!(error instanceof Unresolved)) throw error
      } finally {
        given.interruptedOpens?.delete(given.tracee.listener.thread)
      }
      return 'continue'
    },
  }
}

/** Only calls with a new action are trapped. */
function markHandler({ tracee }: Supervision): void {
  const address = tracee.listener.address(1)
  const action = tracee.read(address, maskOffset + 8)
  const [handler, flags] = [action.readBigUInt64LE(0), action.readUInt32LE(flagsOffset)]
  if (handler <= mostSpecialHandler || (flags & SA_RESTART) !== 0) return
  const { numbers } = tracee
  action.copy(numbers.bytes, 0, maskOffset, maskOffset + 8)
  numbers.bytes[markerByte] = (numbers.bytes[markerByte] ?? 0) | marker
  tracee.patch(address + maskOffset, numbers, 8)
  numbers.bytes.writeUInt32LE((flags | SA_RESTART) >>> 0, 0)
  tracee.patch(address + flagsOffset, numbers, 4)
}

/** The handler that returns lets the call fail that it has interrupted. */
function interrupt(given: Supervision, calls: ReadonlyMap<string, Waits>): void {
  const { tracee, arch } = given
  if (!tracee.blocksLastSignal) return
  const frame = readSignalFrame(tracee, arch)
  // A handler that has interrupted a marked one: which of the two is marked is not known.
  if (frame === undefined || ((frame.blocked[markerByte] ?? 0) & marker) !== 0) return
  const waits = calls.get(`${arch} ${frame.number}`)
  if (waits !== undefined && isInstruction(tracee, arch, frame.next) && waits(frame, given)) fail(given, frame)
}

function fail({ tracee, arch }: Supervision, frame: SignalFrame): void {
  const { next, result, instruction } = signalLayout[arch]
  const write = (offset: number, value: number): void => {
    writeWord(tracee.numbers.bytes, value, 0)
    tracee.patch(frame.address + offset, tracee.numbers, 8)
  }
  write(next, frame.next + instruction.length)
  write(result, -EINTR)
}
