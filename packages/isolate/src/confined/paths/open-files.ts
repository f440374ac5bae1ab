import { AT_FDCWD } from '../../listener/kernel.ts'
import type { Memory } from '../../listener/system.ts'
import type { Tracee } from '../../listener/tracee.ts'
import type { MountTable, OpenMount } from './mount-table.ts'

/** Open files of the supervisor, and where they are in the guest. */
export class OpenFiles {
  readonly mounts: MountTable
  protected readonly tracee: Tracee
  readonly #text: Memory

  constructor(mounts: MountTable, tracee: Tracee) {
    this.mounts = mounts
    this.tracee = tracee
    this.#text = tracee.system.allocate(4096)
  }

  /**
   * Path of an open file of the supervisor in the guest; undefined for what the guest does not see.
   */
  nameOf(fd: number): string | undefined {
    return this.#find(fd)?.path
  }

  /** True for an open file of the supervisor in a mount that is read-only. */
  isReadonly(fd: number): boolean {
    return this.mountOf(fd)?.readonly === true
  }

  /** True for an open file of the supervisor whose attributes cannot be changed. */
  isFixed(fd: number): boolean {
    return this.isReadonly(fd) || this.mountOf(fd)?.isDevice === true
  }

  /** Mount of an open file of the supervisor; undefined for what the guest does not see. */
  mountOf(fd: number): OpenMount | undefined {
    return this.#find(fd)?.mount
  }

  /** Text of a symlink, or a negated errno. */
  readLink(directory: number, name: string): string | number {
    const { bytes, address } = this.#text
    const length = this.tracee.system.call('readlinkat', directory, this.tracee.pathAt(name), address, bytes.length)
    return length < 0 ? length : bytes.toString('latin1', 0, length)
  }

  close(fd: number): void {
    this.tracee.system.call('close', fd)
  }

  #find(fd: number): ReturnType<MountTable['fromHost']> {
    const path = this.readLink(AT_FDCWD, `/proc/thread-self/fd/${fd}`)
    return typeof path === 'number' ? undefined : this.mounts.fromHost(path)
  }
}
