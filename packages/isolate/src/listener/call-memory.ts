import type { Arch } from '../machine/machine-code.ts'
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_PATH, openFlags, RESOLVE_IN_ROOT } from './kernel.ts'
import { statLayout } from './stat-layout.ts'
import type { Memory, System } from './system.ts'
import { writeWord } from './words.ts'

/** Bytes of a path that rows look at. Longer ones are for handlers. */
const longestQuickPath = 256

const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1

/** As `root`: the processes have several root directories. */
export const noRoot = 0xffffffff

/** Memory that rows work on, for one listener: the addresses of all that is in it. */
export class CallMemory {
  /** struct seccomp_notif. */
  readonly notification: Memory
  /** struct stat. */
  readonly stat: Memory
  /** At least 80 bytes of zeros. */
  readonly zeros: number
  readonly one: number
  /** struct pollfd of the listener and of a further descriptor; struct timespec to wait. */
  readonly poll: number
  readonly time: number
  /** Number of 32 bits: 1 if rows may answer the next call. */
  readonly mayBeQuick: number
  /** Number of 32 bits: 1 if a handler has to see that a process ends. */
  readonly notesEnds: number
  /** Number of 32 bits: 1 while answers wake on this processor. */
  readonly wakesHere: number
  /** Number of 32 bits: descriptor of the root directory of all processes, or -1. */
  readonly root: number
  /** Numbers of 32 bits: arguments of calls with `at`. */
  readonly atCwd: number
  readonly atNoFollow: number
  /** struct open_how: to look at a file in a root directory, and at a symlink itself. */
  readonly follow: number
  readonly noFollow: number
  /** Numbers of 32 bits that are copied from the arguments of a call. */
  readonly directory: number
  readonly flags: number
  /** Word for the result of every system call of the rows. */
  readonly done: number
  /** Words for what a call is given or answered. */
  readonly result: number
  readonly state: number
  /** struct iovec: text here and there, struct stat here and there. */
  readonly textHere: number
  readonly textThere: number
  readonly statHere: number
  readonly statThere: number
  /** `/proc/`, ten digits, `/fd/`, eleven digits and a slash, then the text that was read. */
  readonly path: number
  readonly text: number
  /** Parts of paths: 16 bytes each. */
  readonly processTemplate: number
  readonly descriptorTemplate: number
  readonly openTemplate: number
  readonly cwdTemplate: number
  /** struct seccomp_notif_resp: one that lets the kernel go on, and one with an error or 0. */
  readonly goOn: number
  readonly answered: number
  /** struct iovec of 16 bytes there: the beginning of a structure. */
  readonly headThere: number
  readonly headHere: number
  readonly #memory: Memory
  readonly #kept: unknown[] = []
  #used = 0

  constructor(system: System, arch: Arch) {
    const statSize = statLayout[arch].size
    this.#memory = system.allocate(1024)
    this.notification = system.allocate(80)
    this.stat = system.allocate(144)
    this.zeros = this.#take(80)
    this.one = this.#take(8)
    this.write(this.one, 1)
    this.poll = this.#take(16)
    this.time = this.#take(16)
    this.mayBeQuick = this.#take(8)
    this.wakesHere = this.#take(8)
    this.root = this.#take(8)
    this.write(this.root, noRoot)
    this.atCwd = this.#take(8)
    this.write(this.atCwd, AT_FDCWD >>> 0)
    this.atNoFollow = this.#take(8)
    this.write(this.atNoFollow, AT_SYMLINK_NOFOLLOW)
    this.follow = this.#takeHow(O_PATH | O_CLOEXEC)
    this.noFollow = this.#takeHow(O_PATH | O_CLOEXEC | openFlags[arch].noFollow)
    this.directory = this.#take(8)
    this.flags = this.#take(8)
    this.notesEnds = this.#take(8)
    this.done = this.#take(8)
    this.result = this.#take(8)
    this.state = this.#take(8)
    this.textHere = this.#take(16)
    this.textThere = this.#take(16)
    this.statHere = this.#take(16)
    this.statThere = this.#take(16)
    this.headHere = this.#take(16)
    this.headThere = this.#take(16)
    this.path = this.#take(32)
    this.text = this.#take(longestQuickPath)
    this.processTemplate = this.#takeText('/proc/'.padEnd(16, '/'))
    this.descriptorTemplate = this.#takeText('/fd/'.padEnd(16, '/'))
    this.openTemplate = this.#takeText('/fd/'.padEnd(15, '/'))
    this.cwdTemplate = this.#takeText('/cwd'.padEnd(16, '/'))
    this.goOn = this.#take(24)
    this.write(this.goOn + 20, SECCOMP_USER_NOTIF_FLAG_CONTINUE)
    this.answered = this.#take(24)
    this.write(this.textHere, this.text)
    this.write(this.textHere + 8, longestQuickPath)
    this.write(this.headHere, this.text)
    this.write(this.headHere + 8, 16)
    this.write(this.headThere + 8, 16)
    this.write(this.statHere, this.stat.address)
    this.write(this.statHere + 8, statSize)
    this.write(this.statThere + 8, statSize)
  }

  get id(): number {
    return this.notification.address
  }

  get thread(): number {
    return this.notification.address + 8
  }

  get number(): number {
    return this.notification.address + 16
  }

  argument(index: number): number {
    return this.notification.address + 32 + 8 * index
  }

  /** Keeps what rows name by its address, which would be freed otherwise. */
  keep(memory: unknown): void {
    this.#kept.push(memory)
  }

  /** Writes a word of 64 bits. */
  write(address: number, value: number): void {
    writeWord(this.#memory.bytes, value, address - this.#memory.address)
  }

  #take(size: number): number {
    const address = this.#memory.address + this.#used
    this.#used += size
    return address
  }

  /** struct open_how: flags, mode, resolve. */
  #takeHow(flags: number): number {
    const address = this.#take(24)
    this.write(address, flags)
    this.write(address + 16, RESOLVE_IN_ROOT)
    return address
  }

  #takeText(text: string): number {
    const address = this.#take(16)
    this.#memory.bytes.write(text, address - this.#memory.address, 'latin1')
    return address
  }
}
