import { S_IFMT, S_IFSOCK } from '../listener/kernel.ts'
import type { FileStatus, Tracee } from '../listener/tracee.ts'
import { Unresolved } from '../listener/tracee-memory.ts'

/** A name that a socket is about to get. */
export interface ExpectedSocket {
  /** Directory, opened for this alone. */
  readonly parent: number
  readonly name: string
  readonly record: (file: FileStatus) => void
}

/**
 * Sockets that the kernel binds to a path: it keeps the address as the process has written it, for
 * getsockname(2). Their owners are recorded before the next call is answered, since only a call can
 * show them.
 */
export class BoundSockets {
  readonly #tracee: Tracee
  readonly #expected = new Map<number, ExpectedSocket>()

  constructor(tracee: Tracee) {
    this.#tracee = tracee
  }

  /** Takes over the directory. */
  expect(thread: number, socket: ExpectedSocket): void {
    this.#expected.set(thread, socket)
  }

  /** No socket is expected. */
  get isSettled(): boolean {
    return this.#expected.size === 0
  }

  /** A thread that makes its next call has bound its socket, or has not been able to. */
  settle(): void {
    for (const [thread, { parent, name, record }] of this.#expected) {
      const file = this.#lookAt(parent, name)
      if (file === undefined && thread !== this.#tracee.listener.thread) continue
      if (file !== undefined && (file.mode & S_IFMT) === S_IFSOCK) record(file)
      this.#expected.delete(thread)
      this.#tracee.system.call('close', parent)
    }
  }

  #lookAt(parent: number, name: string): FileStatus | undefined {
    try {
      return this.#tracee.lookAtName(parent, name)
    } catch (error) {
      if (error instanceof Unresolved) return undefined
      throw error
    }
  }
}
