import type { Supervision } from './handler.ts'
import { AT_FDCWD, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG } from '../listener/kernel.ts'
import type { SignalFrame } from './signal-frame.ts'

/**
 * True if a call waits with its arguments, so that a signal may interrupt it with EINTR
 * (signal(7)).
 */
export type Waits = (frame: SignalFrame, supervision: Supervision) => boolean

const F_SETLKW = 7
const F_OFD_SETLKW = 38
const LOCK_NB = 4
const LOCK_UN = 8
const FUTEX_WAIT = 0
const FUTEX_WAIT_BITSET = 9
/** Flags of futex(2) are not part of its operation. */
const futexOperation = 0x7f
const WNOHANG = 1

/** Regular files and directories never wait, so programs do not expect it of them. */
const onStream: Waits = (frame, { tracee }) => {
  const type = tracee.lookAtDescriptor(argument(frame, 0)).mode & S_IFMT
  return type !== S_IFREG && type !== S_IFDIR
}

/** A supervisor that opens files itself knows which of these calls waited. */
function onPipe(directory: number | undefined, path: number): Waits {
  return (frame, { tracee, interruptedOpens }) => {
    if (interruptedOpens !== undefined) return interruptedOpens.has(tracee.listener.thread)
    const at = directory === undefined ? AT_FDCWD : argument(frame, directory) | 0
    const { mode } = tracee.lookAt(at, tracee.readString(argument(frame, path)), true)
    return (mode & S_IFMT) === S_IFIFO
  }
}

function without(flag: number, index: number): Waits {
  return (frame) => (argument(frame, index) & flag) === 0
}

/** Numbers of calls that may wait, [x86-64, generic (arm64)]. */
export const interruptibleNumbers: Readonly<Record<string, readonly [x64: number, arm64?: number]>> = {
  accept: [43, 202],
  accept4: [288, 242],
  connect: [42, 203],
  fcntl: [72, 25],
  flock: [73, 32],
  futex: [202, 98],
  mq_timedreceive: [243, 183],
  mq_timedsend: [242, 182],
  open: [2],
  openat: [257, 56],
  openat2: [437, 437],
  read: [0, 63],
  readv: [19, 65],
  recvfrom: [45, 207],
  recvmmsg: [299, 243],
  recvmsg: [47, 212],
  sendfile: [40, 71],
  sendmmsg: [307, 269],
  sendmsg: [46, 211],
  sendto: [44, 206],
  splice: [275, 76],
  tee: [276, 77],
  wait4: [61, 260],
  waitid: [247, 95],
  write: [1, 64],
  writev: [20, 66],
}

/** Conditions under which a call waits. The others always do. */
const waits: Readonly<Record<string, Waits>> = {
  fcntl: (frame) => [F_SETLKW, F_OFD_SETLKW].includes(argument(frame, 1)),
  flock: without(LOCK_NB | LOCK_UN, 1),
  futex: (frame) => [FUTEX_WAIT, FUTEX_WAIT_BITSET].includes(argument(frame, 1) & futexOperation),
  open: onPipe(undefined, 0),
  openat: onPipe(0, 1),
  openat2: onPipe(0, 1),
  read: onStream,
  readv: onStream,
  sendfile: onStream,
  wait4: without(WNOHANG, 2),
  waitid: without(WNOHANG, 3),
  write: onStream,
  writev: onStream,
}

/** The calls but those of these names, by processor and number: `x64 0`. */
export function mayBeInterrupted(restarted: readonly string[]): ReadonlyMap<string, Waits> {
  const left = Object.entries(interruptibleNumbers).filter(([name]) => !restarted.includes(name))
  return new Map(
    left.flatMap(([name, [x64, arm64]]) => {
      const call = waits[name] ?? (() => true)
      return [[`x64 ${x64}`, call] as const, ...(arm64 === undefined ? [] : [[`arm64 ${arm64}`, call] as const])]
    }),
  )
}

/** An argument as a number of 32 bits or an address. */
function argument(frame: SignalFrame, index: number): number {
  return frame.arguments[index] ?? 0
}
