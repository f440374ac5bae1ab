import type { FileStatus, Tracee } from '../../listener/tracee.ts'

interface StandIn {
  /** Empty anonymous file that the guest has a descriptor of. */
  readonly stand: number
  /** File that it represents, opened with `O_PATH`. */
  readonly file: number
}

const MFD_CLOEXEC = 1
const F_DUPFD_CLOEXEC = 1030
const F_SETLEASE = 1024
const F_WRLCK = 1
const F_UNLCK = 2
const sweepAbove = 64

/**
 * Descriptors opened with `O_PATH` cannot be given to another process by a listener. For a file
 * that has no content to open instead, as a symlink, the guest gets an anonymous file in its
 * place.
 */
export class StandIns {
  readonly #tracee: Tracee
  readonly #byInode = new Map<string, StandIn>()

  constructor(tracee: Tracee) {
    this.#tracee = tracee
  }

  /** A descriptor to give away. Takes over `file`. Returns a negated errno on failure. */
  make(file: number): number {
    const { system } = this.#tracee
    if (this.#byInode.size > sweepAbove) this.#sweep()
    const stand = system.call('memfd_create', this.#tracee.pathAt('path'), MFD_CLOEXEC)
    if (stand < 0) {
      system.call('close', file)
      return stand
    }
    this.#byInode.set(inodeKey(this.#tracee.status(stand)), { stand, file })
    return this.#copy(stand)
  }

  /** New descriptor of the file that an open file represents; undefined for most files. */
  find(fd: number): number | undefined {
    if (this.#byInode.size === 0) return undefined
    const found = this.#byInode.get(inodeKey(this.#tracee.status(fd)))
    return found && this.#copy(found.file)
  }

  close(): void {
    for (const { stand, file } of this.#byInode.values())
      for (const fd of [stand, file]) this.#tracee.system.call('close', fd)
  }

  #copy(fd: number): number {
    return this.#tracee.system.call('fcntl', fd, F_DUPFD_CLOEXEC, 0)
  }

  /** A lease is given only on a file that is open nowhere else. */
  #sweep(): void {
    for (const [key, { stand, file }] of this.#byInode) {
      if (this.#tracee.system.call('fcntl', stand, F_SETLEASE, F_WRLCK) !== 0) continue
      this.#tracee.system.call('fcntl', stand, F_SETLEASE, F_UNLCK)
      for (const fd of [stand, file]) this.#tracee.system.call('close', fd)
      this.#byInode.delete(key)
    }
  }
}

function inodeKey({ dev, ino }: FileStatus): string {
  return `${dev}:${ino}`
}
