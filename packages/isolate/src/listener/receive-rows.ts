import type { Quick } from './look-rows.ts'
import { NOTIF_RECV, NOTIF_SET_FLAGS } from './notification-calls.ts'
import { call, copy, end, jump, jumpIf, type Row, type Rows } from './rows.ts'

/** Results of the rows that receive a call. */
export const received = { call: 1, idle: 2, end: 3 } as const

/**
 * Processor on which the caller wakes when its call is answered.
 *
 * `here`: always on the processor of the supervisor (`SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP`, Linux
 * 6.6), which is five times faster for one thread that waits for each answer. `anywhere`: never.
 * `mixed`: on another processor only where two threads make calls at the same time. A call that had
 * to wait while another thread's was answered would go on behind that thread, on one processor.
 */
export type WakeRule = 'here' | 'anywhere' | 'mixed'

/** The rule in force. */
export const wakeRule: WakeRule = 'mixed'

const FD_SYNC_WAKE_UP = 1
const POLLIN = 1
const POLLHUP = 16

/**
 * Rows that receive the next call. They begin at `receive`. A call that `quick` rows may answer
 * goes to the label `quick`, and all others to `given`, where JavaScript goes on.
 */
export function receiveRows({ arch, fd, memory }: Quick, rule: WakeRule): Rows {
  const { zeros, one, notification, thread, poll, time, mayBeQuick, wakesHere } = memory
  const [ofListener, ofOther] = [poll + 4, poll + 12]
  const has = (event: number): { mask: number; value: number } => ({ mask: event << 16, value: event << 16 })
  const look = (until: number): Row => call(arch, 'ppoll', { args: [poll, 2, until, 0] })
  const take = call(arch, 'ioctl', { args: [fd, NOTIF_RECV, notification.address], away: 'receive' })
  const wake = (isHere: boolean, past: string): Rows => [
    jumpIf(wakesHere, isHere ? 1 : 0, past),
    call(arch, 'ioctl', { args: [fd, NOTIF_SET_FLAGS, isHere ? FD_SYNC_WAKE_UP : 0] }),
    copy(isHere ? one : zeros, wakesHere, 4),
  ]
  return [
    'receive',
    // The kernel insists on zeros.
    copy(zeros, notification.address, 80),
    look(zeros),
    jumpIf(ofOther, { mask: 0xffff0000, value: 0 }, 'goes on'),
    end(received.end),
    'goes on',
    jumpIf(ofListener, has(POLLIN), 'queued'),
    ...(rule === 'anywhere' ? [] : wake(true, 'wait')),
    'wait',
    look(time),
    jumpIf(ofListener, has(POLLIN), 'take'),
    jumpIf(ofListener, has(POLLHUP), 'ended'),
    jumpIf(ofOther, { mask: 0xffff0000, value: 0 }, 'idle'),
    'ended',
    end(received.end),
    'idle',
    end(received.idle),
    'take',
    take,
    jump(zeros, 'taken'),
    'queued',
    take,
    'last thread',
    jumpIf(thread, 0, 'same thread'),
    ...(rule === 'mixed' ? wake(false, 'taken') : []),
    jump(zeros, 'taken'),
    'same thread',
    ...(rule === 'mixed' ? wake(true, 'taken') : []),
    'taken',
    copy(thread, { row: 'last thread', argument: 2 }, 4),
    jumpIf(mayBeQuick, 1, 'quick'),
    'given',
    end(received.call),
  ]
}
