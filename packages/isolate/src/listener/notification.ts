import { O_CLOEXEC } from './kernel.ts'
import type { Memory, System } from './system.ts'
import { readWord, writeWord } from './words.ts'

/** Answer to a trapped call. */
export type Answer =
  /** The result, or a negated errno. */
  | number
  /** The kernel performs the call as it is. */
  | 'continue'
  /** The call has been answered, or will be by another thread. */
  | 'answered'
  /** The caller gets a copy of this descriptor, which is closed here. */
  | { readonly fd: number; readonly closeOnExec: boolean }

// linux/seccomp.h. Sizes and directions are part of the numbers.
const NOTIF_RECV = 0xc0502100
const NOTIF_SEND = 0xc0182101
const NOTIF_ID_VALID = 0x40082102
const NOTIF_ADDFD = 0x40182103
const NOTIF_SET_FLAGS = 0x40082104
const USER_NOTIF_FLAG_CONTINUE = 1
const ADDFD_FLAG_SETFD = 1
const ADDFD_FLAG_SEND = 2
const FD_SYNC_WAKE_UP = 1
const POLLIN = 1
const POLLHUP = 16

/**
 * The receiving end of a filter with `SECCOMP_FILTER_FLAG_NEW_LISTENER` (seccomp_unotify(2)). Holds
 * one notification at a time.
 */
export class Listener {
  readonly #system: System
  readonly #fd: number
  readonly #notification: Memory
  readonly #memory: Memory
  readonly #poll: Memory
  readonly #time: Memory
  readonly #receiveEnds: boolean

  /** Takes over the descriptor `fd`. */
  constructor(system: System, fd: number) {
    this.#system = system
    this.#fd = fd
    this.#notification = system.allocate(80)
    this.#memory = system.allocate(24)
    this.#poll = system.allocate(16)
    this.#time = system.allocate(16)
    this.#poll.bytes.writeInt32LE(fd, 0)
    this.#poll.bytes.writeInt16LE(POLLIN, 4)
    // Answers wake the waiting thread on this processor, which is five times faster. Since this
    // flag, of Linux 6.6, NOTIF_RECV also returns when no thread is left.
    this.#receiveEnds = system.call('ioctl', fd, NOTIF_SET_FLAGS, FD_SYNC_WAKE_UP) === 0
  }

  /** Blocks until a thread makes a trapped call. False when no thread with the filter is left. */
  receive(): boolean {
    for (let mayReceive = this.#receiveEnds; ; ) {
      if (mayReceive && this.#receive()) return true
      const { listener } = this.#waitForEvents()
      if ((listener & (POLLIN | POLLHUP)) === POLLHUP) return false
      mayReceive = (listener & POLLIN) !== 0
    }
  }

  /**
   * The same, until the other end of the pipe `until` has been closed. `idle` after some
   * milliseconds without a call, if they are given.
   */
  receiveUntil(until: number, milliseconds?: number): 'call' | 'idle' | 'end' {
    for (;;) {
      const { listener, other } = this.#waitForEvents(until, milliseconds)
      if (other !== 0 || (listener & (POLLIN | POLLHUP)) === POLLHUP) return 'end'
      if ((listener & POLLIN) === 0) return 'idle'
      if (this.#receive()) return 'call'
    }
  }

  /** False when the thread was killed in between. */
  #receive(): boolean {
    // The kernel insists on zeros.
    this.#notification.bytes.fill(0)
    return this.#system.call('ioctl', this.#fd, NOTIF_RECV, this.#notification.address) >= 0
  }

  /** Events of the listener and of another descriptor. */
  #waitForEvents(other = -1, milliseconds?: number): { readonly listener: number; readonly other: number } {
    const { bytes, address } = this.#poll
    bytes.writeInt16LE(0, 6)
    bytes.writeInt32LE(other, 8)
    bytes.writeInt32LE(0, 12)
    writeWord(this.#time.bytes, (milliseconds ?? 0) * 1_000_000, 8)
    this.#system.call('ppoll', address, 2, milliseconds === undefined ? 0 : this.#time.address, 0)
    return { listener: bytes.readInt16LE(6), other: bytes.readInt16LE(14) }
  }

  /** Thread that made the call, as this process sees its id. */
  get thread(): number {
    return this.#notification.bytes.readUInt32LE(8)
  }

  /** Number of the system call. */
  get number(): number {
    return this.#notification.bytes.readInt32LE(16)
  }

  /** An argument as an address or a size. */
  address(index: number): number {
    return readWord(this.#notification.bytes, 32 + 8 * index)
  }

  /** An argument of type `int`. */
  int(index: number): number {
    return this.#notification.bytes.readInt32LE(32 + 8 * index)
  }

  /** An argument of type `unsigned int`. */
  uint(index: number): number {
    return this.#notification.bytes.readUInt32LE(32 + 8 * index)
  }

  /** False when the thread has been killed: its id may be another's by now. */
  get isValid(): boolean {
    return this.#system.call('ioctl', this.#fd, NOTIF_ID_VALID, this.#notification.address) === 0
  }

  /** Lets the thread go on. Does nothing when it has been killed. */
  answer(answer: Answer): void {
    if (answer !== 'answered') answerCall(this.#waiting, answer)
  }

  /**
   * Gives the caller a copy of a descriptor while it waits. Returns its number there, or a negated
   * errno.
   */
  addDescriptor(fd: number): number {
    return addDescriptor(this.#waiting, { fd, closeOnExec: false, flags: 0 })
  }

  /**
   * Puts a copy of a descriptor in the place of one of the caller's. Returns its number, or a
   * negated errno.
   */
  replaceDescriptor(fd: number, target: number, closeOnExec: boolean): number {
    return addDescriptor(this.#waiting, { fd, target, closeOnExec, flags: ADDFD_FLAG_SETFD })
  }

  /** Id of the notification, to answer it later. */
  get id(): bigint {
    return this.#notification.bytes.readBigUInt64LE(0)
  }

  get #waiting(): Waiting {
    return { system: this.#system, listener: this.#fd, id: this.id, memory: this.#memory }
  }

  /** True for a call that still waits for its answer. */
  isWaiting(id: bigint): boolean {
    this.#memory.bytes.writeBigUInt64LE(id, 0)
    return this.#system.call('ioctl', this.#fd, NOTIF_ID_VALID, this.#memory.address) === 0
  }

  /** Answers an earlier call. */
  answerWaiting(id: bigint, answer: Exclude<Answer, 'answered'>): void {
    answerCall({ ...this.#waiting, id }, answer)
  }

  /** Every call that is trapped from now on fails with ENOSYS. */
  close(): void {
    this.#system.call('close', this.#fd)
  }
}

/** A call that waits for its answer. */
interface Waiting {
  readonly system: System
  readonly listener: number
  readonly id: bigint
  /** At least 24 bytes. */
  readonly memory: Memory
}

/** Answers a call. Does nothing when the thread has been killed. */
function answerCall(waiting: Waiting, answer: Exclude<Answer, 'answered'>): void {
  const { system, listener, id, memory } = waiting
  if (typeof answer === 'object') {
    const result = addDescriptor(waiting, { ...answer, flags: ADDFD_FLAG_SEND })
    system.call('close', answer.fd)
    // Such as EMFILE: the limits of the caller hold.
    if (result < 0) answerCall(waiting, result)
    return
  }
  // struct seccomp_notif_resp: id, value, error, flags.
  const { bytes, address } = memory
  bytes.writeBigUInt64LE(id, 0)
  writeWord(bytes, typeof answer === 'number' && answer > 0 ? answer : 0, 8)
  bytes.writeInt32LE(typeof answer === 'number' && answer < 0 ? answer : 0, 16)
  bytes.writeUInt32LE(answer === 'continue' ? USER_NOTIF_FLAG_CONTINUE : 0, 20)
  system.call('ioctl', listener, NOTIF_SEND, address)
}

interface AddedDescriptor {
  readonly fd: number
  /** Its number there, with `ADDFD_FLAG_SETFD`. */
  readonly target?: number
  readonly closeOnExec: boolean
  readonly flags: number
}

/** struct seccomp_notif_addfd: id, flags, descriptor here, descriptor there, its flags. */
function addDescriptor(
  { system, listener, id, memory }: Waiting,
  { fd, target = 0, closeOnExec, flags }: AddedDescriptor,
): number {
  const { bytes, address } = memory
  bytes.writeBigUInt64LE(id, 0)
  bytes.writeUInt32LE(flags, 8)
  bytes.writeUInt32LE(fd, 12)
  bytes.writeUInt32LE(target, 16)
  bytes.writeUInt32LE(closeOnExec ? O_CLOEXEC : 0, 20)
  return system.call('ioctl', listener, NOTIF_ADDFD, address)
}
