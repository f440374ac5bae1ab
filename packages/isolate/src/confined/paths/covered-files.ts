import { AT_FDCWD } from '../../listener/kernel.ts'
import type { FileStatus, Tracee } from '../../listener/tracee.ts'
import { Unresolved } from '../../listener/tracee-memory.ts'
import type { Paths } from './paths.ts'

/** Device and inode number of a file. */
type FileId = Pick<FileStatus, 'dev' | 'ino'>

/**
 * Files below the mounts, and all of /proc: they are not what the guest sees by their names. A
 * name in an open directory that leads to another file needs no look at the path.
 */
export class CoveredFiles {
  readonly #inodes = new Map<number, Set<number>>()
  readonly #procDevices = new Set<number>()

  /** Looks at the mounts, with the rights of the caller that `paths` serve: root. */
  constructor(paths: Paths, tracee: Tracee) {
    for (const { target, type, fd } of paths.mounts.all) {
      if (type === 'proc') this.#procDevices.add(tracee.status(fd).dev)
      const at = target.lastIndexOf('/') + 1
      const above = paths.look(AT_FDCWD, target.slice(0, at), true)
      if (above >= 0 && at < target.length) tracee.using(above, () => this.#add(tracee, above, target.slice(at)))
    }
  }

  /** Inode numbers of the files below mounts. */
  get inodes(): readonly number[] {
    return [...this.#inodes.values()].flatMap((inodes) => [...inodes])
  }

  has({ dev, ino }: FileId): boolean {
    return this.#procDevices.has(dev) || this.#inodes.get(dev)?.has(ino) === true
  }

  #add(tracee: Tracee, above: number, name: string): void {
    try {
      const { dev, ino } = tracee.lookAtName(above, name)
      this.#inodes.set(dev, (this.#inodes.get(dev) ?? new Set()).add(ino))
    } catch (error) {
      // No place of a mount: a new pseudoterminal, for example.
      if (!(error instanceof Unresolved)) throw error
    }
  }
}
