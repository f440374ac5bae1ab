import type { Arch } from '../machine/machine-code.ts'
import { CallMemory, noRoot } from './call-memory.ts'
import { O_CLOEXEC } from './kernel.ts'
import type { Quick } from './look-rows.ts'
import { ADDFD_FLAG_SEND, NOTIF_ADDFD, NOTIF_ID_VALID, NOTIF_SEND } from './notification-calls.ts'
import { received, receiveRows, wakeRule } from './receive-rows.ts'
import { RowMachine } from './row-machine.ts'
import { end, layRows, type Rows } from './rows.ts'
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

const USER_NOTIF_FLAG_CONTINUE = 1
const ADDFD_FLAG_SETFD = 1
const POLLIN = 1
/** Seconds to wait for a call that may never come. */
const forever = 2 ** 40

export interface ListenerOptions {
  readonly arch: Arch
  /** Descriptor of which the other end is closed when receiving is to end. */
  readonly until?: number
}

/**
 * The receiving end of a filter with `SECCOMP_FILTER_FLAG_NEW_LISTENER` (seccomp_unotify(2)). Holds
 * one notification at a time.
 */
export class Listener implements Disposable {
  readonly #system: System
  readonly #fd: number
  readonly #notification: Memory
  readonly #memory: Memory
  readonly #shared: CallMemory
  readonly #machine: RowMachine
  readonly #arch: Arch
  #rows: Memory

  /** Takes over the descriptor `fd`. */
  constructor(system: System, fd: number, { arch, until = -1 }: ListenerOptions) {
    this.#system = system
    this.#fd = fd
    const memory = new CallMemory(system, arch)
    this.#shared = memory
    this.#notification = memory.notification
    this.#memory = system.allocate(24)
    memory.write(memory.poll, fd + POLLIN * 2 ** 32)
    memory.write(memory.poll + 8, until >>> 0)
    this.#machine = new RowMachine(arch)
    this.#arch = arch
    this.#rows = layRows(system, [...receiveRows({ arch, fd, memory }, wakeRule), 'quick', end(received.call)])
  }

  /** Takes rows that answer calls from now on, from the label `quick` on. */
  answerBy(rows: (quick: Quick) => Rows): void {
    const quick = { arch: this.#arch, fd: this.#fd, memory: this.#shared }
    this.#rows = layRows(this.#system, [...receiveRows(quick, wakeRule), ...rows(quick)])
  }

  /** Rows look up absolute paths in this directory; none with undefined. */
  shareRoot(fd: number | undefined): void {
    this.#shared.write(this.#shared.root, fd ?? noRoot)
  }

  /**
   * Blocks until a thread makes a trapped call, unless `mayBeQuick` and the rows can answer it.
   * `idle` after some milliseconds without a call, if they are given.
   */
  receive({ mayBeQuick, notesEnds, milliseconds }: Receiving = {}): 'call' | 'idle' | 'end' {
    const memory = this.#shared
    memory.write(memory.time, milliseconds === undefined ? forever : 0)
    memory.write(memory.time + 8, (milliseconds ?? 0) * 1_000_000)
    memory.write(memory.mayBeQuick, mayBeQuick === true ? 1 : 0)
    memory.write(memory.notesEnds, notesEnds === false ? 0 : 1)
    const result = this.#machine.run(this.#rows.address, memory.done)
    return result === received.call ? 'call' : result === received.idle ? 'idle' : 'end'
  }

  /** Gives the memory back in which the rows are performed. */
  [Symbol.dispose](): void {
    this.#machine[Symbol.dispose]()
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

export interface Receiving {
  /** Rows may answer. */
  readonly mayBeQuick?: boolean
  /** Not the end of a process, which a handler has to see. Default true. */
  readonly notesEnds?: boolean
  readonly milliseconds?: number | undefined
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
