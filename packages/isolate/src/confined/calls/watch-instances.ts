import { EBADF, EINVAL, O_CLOEXEC } from '../../listener/kernel.ts'
import type { Tracee } from '../../listener/tracee.ts'
import type { Process } from '../processes.ts'

const IN_MOVE_SELF = 0x800
const MFD_CLOEXEC = 1

/** An instance that a confined process has. */
interface Instance {
  /** Copy of the supervisor. */
  readonly fd: number
  /**
   * An anonymous file that nothing happens to. It is the first that the instance watches, so that
   * /proc tells which one a descriptor is, however the process came by it.
   */
  readonly marker: number
  /** Number of the marker's inode. */
  readonly ino: number
  readonly maker: Process
}

/** Instances of inotify, until the process that made them ends. */
export class WatchInstances {
  readonly #tracee: Tracee
  #instances: readonly Instance[] = []

  constructor(tracee: Tracee) {
    this.#tracee = tracee
  }

  /** Makes an instance. Returns its descriptor, which stays open, or a negated errno. */
  make(maker: Process, flags: number): number {
    const { system } = this.#tracee
    const fd = system.call('inotify_init1', flags | O_CLOEXEC)
    if (fd < 0) return fd
    const marker = system.call('memfd_create', this.#tracee.pathAt('watched'), MFD_CLOEXEC)
    const watch = marker < 0 ? marker : this.watch(fd, marker, IN_MOVE_SELF)
    if (watch < 0) {
      system.call('close', fd)
      if (marker >= 0) system.call('close', marker)
      return watch
    }
    this.#instances = [...this.#instances, { fd, marker, ino: this.#tracee.status(marker).ino, maker }]
    return fd
  }

  /** Copy of the instance that a descriptor of the calling thread is, or a negated errno. */
  find(fd: number): number {
    const text = this.#tracee.readFile(`/proc/${this.#tracee.listener.thread}/fdinfo/${fd}`)
    if (text === undefined) return -EBADF
    const ino = /^inotify wd:1 ino:([0-9a-f]+) /m.exec(text)?.[1]
    return this.#instances.find((instance) => instance.ino === parseInt(ino ?? '', 16))?.fd ?? -EINVAL
  }

  /** Adds an open file to the list of an instance. */
  watch(instance: number, file: number, mask: number): number {
    const path = this.#tracee.pathAt(`/proc/thread-self/fd/${file}`)
    return this.#tracee.system.call('inotify_add_watch', instance, path, mask)
  }

  /** Closes the copies of what a process has made. */
  end(maker: Process): void {
    this.#close((instance) => instance.maker === maker)
  }

  close(): void {
    this.#close(() => true)
  }

  #close(isOver: (instance: Instance) => boolean): void {
    for (const { fd, marker } of this.#instances.filter(isOver))
      for (const open of [fd, marker]) this.#tracee.system.call('close', open)
    this.#instances = this.#instances.filter((instance) => !isOver(instance))
  }
}
