import { AT_FDCWD, EAGAIN, ENXIO, O_CLOEXEC, O_NONBLOCK, O_WRONLY } from '../../listener/kernel.ts'
import type { Listener } from '../../listener/notification.ts'
import type { Memory } from '../../listener/system.ts'
import type { Tracee } from '../../listener/tracee.ts'

/** A call that opens a named pipe, and goes on when the other end is opened. */
interface WaitingCall {
  readonly id: bigint
  readonly thread: number
  /** To read: the pipe itself, opened. To write: its file, opened with `O_PATH`. */
  readonly fd: number
  readonly end: 'read' | 'write'
  /** Flags of open(2). */
  readonly flags: number
}

const F_SETFL = 4
const SPLICE_F_NONBLOCK = 2
const POLLIN = 1
/** An error that only the kernel sees: it runs a signal handler and restarts the call. */
const ERESTARTSYS = 512

/**
 * Calls that open a named pipe which has no other end yet (fifo(7)). The supervisor must not block,
 * so it looks again from time to time. A pipe that waits for a writer is held open meanwhile, so
 * that the writer finds a reader.
 */
export class WaitingPipes {
  readonly #tracee: Tracee
  readonly #listener: Listener
  readonly #poll: Memory
  readonly #now: Memory
  /** Pipe that `tee` would copy into. */
  readonly #spare: readonly [number, number]
  #calls: readonly WaitingCall[] = []
  /** Threads whose call a signal has interrupted since. */
  readonly interrupted = new Set<number>()

  constructor(tracee: Tracee) {
    this.#tracee = tracee
    this.#listener = tracee.listener
    this.#poll = tracee.system.allocate(8)
    this.#now = tracee.system.allocate(16)
    const ends = tracee.system.allocate(8)
    tracee.system.call('pipe2', ends.address, O_CLOEXEC)
    this.#spare = [ends.bytes.readInt32LE(0), ends.bytes.readInt32LE(4)]
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  /** Lets the present call wait. Takes over `fd`. */
  add(call: Omit<WaitingCall, 'id' | 'thread'>): 'answered' {
    const { id, thread } = this.#listener
    this.#calls = [...this.#calls, { ...call, id, thread }]
    return 'answered'
  }

  /** Answers the calls whose other end is open by now. */
  retry(): void {
    this.#calls = this.#calls.filter((call) => !this.#finish(call))
  }

  close(): void {
    for (const fd of [...this.#spare, ...this.#calls.map((call) => call.fd)]) this.#tracee.system.call('close', fd)
  }

  #finish(call: WaitingCall): boolean {
    if (!this.#listener.isWaiting(call.id)) {
      this.#tracee.system.call('close', call.fd)
      return true
    }
    const opened = call.end === 'read' ? this.#openedToRead(call) : this.#openedToWrite(call)
    if (opened === undefined) return this.#interrupt(call)
    if (opened >= 0) this.#tracee.system.call('fcntl', opened, F_SETFL, call.flags & ~O_NONBLOCK)
    const closeOnExec = (call.flags & O_CLOEXEC) !== 0
    this.#listener.answerWaiting(call.id, opened < 0 ? opened : { fd: opened, closeOnExec })
    return true
  }

  /** A handler runs while the call waits. The kernel then restarts the call. */
  #interrupt({ id, fd, thread }: WaitingCall): boolean {
    if (!this.#tracee.hasCaughtSignal(thread)) return false
    this.#tracee.system.call('close', fd)
    this.interrupted.add(thread)
    this.#listener.answerWaiting(id, -ERESTARTSYS)
    return true
  }

  /** The held pipe, once a writer has been there. */
  #openedToRead({ fd }: WaitingCall): number | undefined {
    const { system } = this.#tracee
    const { bytes, address } = this.#poll
    bytes.writeInt32LE(fd, 0)
    bytes.writeInt32LE(POLLIN, 4)
    system.call('ppoll', address, 1, this.#now.address, 0)
    // A writer has come and gone, has written, or waits: then an empty pipe is not at its end
    // (tee(2)).
    if (bytes.readInt16LE(6) !== 0) return fd
    return this.#hasWriter(fd) ? fd : undefined
  }

  #hasWriter(fd: number): boolean {
    return this.#tracee.system.call('tee', fd, this.#spare[1], 1, SPLICE_F_NONBLOCK) === -EAGAIN
  }

  #openedToWrite({ fd }: WaitingCall): number | undefined {
    const { system } = this.#tracee
    const path = this.#tracee.pathAt(`/proc/thread-self/fd/${fd}`)
    const opened = system.call('openat', AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    if (opened === -ENXIO) return undefined
    system.call('close', fd)
    return opened
  }
}
