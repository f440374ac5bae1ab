import { O_CLOEXEC } from './kernel.ts'
import type { Memory, System } from './system.ts'

/** Answer to a trapped call. */
export type Answer =
  /** The result, or a negated errno. */
  | number
  /** The kernel performs the call as it is. */
  | 'continue'
  /** The caller gets a copy of this descriptor, which is closed here. */
  | { readonly fd: number; readonly closeOnExec: boolean }

// linux/seccomp.h. Sizes and directions are part of the numbers.
const NOTIF_RECV = 0xc0502100
const NOTIF_SEND = 0xc0182101
const NOTIF_ID_VALID = 0x40082102
const NOTIF_ADDFD = 0x40182103
const NOTIF_SET_FLAGS = 0x40082104
const USER_NOTIF_FLAG_CONTINUE = 1
const ADDFD_FLAG_SEND = 2
const FD_SYNC_WAKE_UP = 1
const POLLIN = 1
const POLLHUP = 16

/**
 * The receiving end of a filter with `SECCOMP_FILTER_FLAG_NEW_LISTENER` (seccomp_unotify(2)). Holds one notification at a time.
 */
export class Listener {
  readonly #system: System
  readonly #fd: number
  readonly #notification: Memory
  readonly #response: Memory
  readonly #descriptor: Memory
  readonly #poll: Memory
  readonly #receiveEnds: boolean

  /** Takes over the descriptor `fd`. */
  constructor(system: System, fd: number) {
    this.#system = system
    this.#fd = fd
    this.#notification = system.allocate(80)
    this.#response = system.allocate(24)
    this.#descriptor = system.allocate(24)
    this.#poll = system.allocate(8)
    this.#poll.bytes.writeInt32LE(fd, 0)
    this.#poll.bytes.writeInt16LE(POLLIN, 4)
    // Answers wake the waiting thread on this processor, which is five times faster. Since this flag, of Linux 6.6,
    // NOTIF_RECV also returns when no thread is left.
    this.#receiveEnds = system.call('ioctl', fd, NOTIF_SET_FLAGS, FD_SYNC_WAKE_UP) === 0
  }

  /** Blocks until a thread makes a trapped call. False when no thread with the filter is left. */
  receive(): boolean {
    for (let mayReceive = this.#receiveEnds; ; ) {
      if (mayReceive && this.#receive()) return true
      const events = this.#waitForEvents()
      if ((events & (POLLIN | POLLHUP)) === POLLHUP) return false
      mayReceive = (events & POLLIN) !== 0
    }
  }

  /** False when the thread was killed in between. */
  #receive(): boolean {
    // The kernel insists on zeros.
    this.#notification.bytes.fill(0)
    return this.#system.call('ioctl', this.#fd, NOTIF_RECV, this.#notification.address) >= 0
  }

  #waitForEvents(): number {
    this.#poll.bytes.writeInt16LE(0, 6)
    this.#system.call('ppoll', this.#poll.address, 1, 0, 0)
    return this.#poll.bytes.readInt16LE(6)
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
    const at = 32 + 8 * index
    return this.#notification.bytes.readUInt32LE(at) + this.#notification.bytes.readUInt32LE(at + 4) * 0x1_0000_0000
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
    if (typeof answer === 'object') return this.#answerWithDescriptor(answer)
    const { bytes, address } = this.#response
    this.#notification.bytes.copy(bytes, 0, 0, 8)
    const error = typeof answer === 'number' && answer < 0 ? answer : 0
    bytes.writeBigInt64LE(typeof answer === 'number' && answer > 0 ? BigInt(answer) : 0n, 8)
    bytes.writeInt32LE(error, 16)
    bytes.writeUInt32LE(answer === 'continue' ? USER_NOTIF_FLAG_CONTINUE : 0, 20)
    this.#system.call('ioctl', this.#fd, NOTIF_SEND, address)
  }

  #answerWithDescriptor({ fd, closeOnExec }: { readonly fd: number; readonly closeOnExec: boolean }): void {
    const { bytes, address } = this.#descriptor
    this.#notification.bytes.copy(bytes, 0, 0, 8)
    bytes.writeUInt32LE(ADDFD_FLAG_SEND, 8)
    bytes.writeUInt32LE(fd, 12)
    bytes.writeUInt32LE(0, 16)
    bytes.writeUInt32LE(closeOnExec ? O_CLOEXEC : 0, 20)
    const result = this.#system.call('ioctl', this.#fd, NOTIF_ADDFD, address)
    this.#system.call('close', fd)
    // Such as EMFILE: the limits of the caller hold.
    if (result < 0) this.answer(result)
  }

  /** Every call that is trapped from now on fails with ENOSYS. */
  close(): void {
    this.#system.call('close', this.#fd)
  }
}
