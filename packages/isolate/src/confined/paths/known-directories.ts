import { S_IFDIR, S_IFLNK, S_IFMT } from '../../listener/kernel.ts'
import type { FileStatus, Tracee } from '../../listener/tracee.ts'

/** A directory, opened with `O_PATH`. */
export interface OpenDirectory {
  readonly fd: number
  /** No symlink led to it. */
  readonly isDirect: boolean
}

interface Known extends OpenDirectory {
  readonly dev: number
  readonly ino: number
}

/** Directories that are kept open. Compilers search in fewer. */
const most = 128

/**
 * Open directories of the guest's root directory by their paths, so that the kernel need not follow
 * the whole path of every file. Only calls that the supervisor performs change names there; it says
 * which.
 */
export class KnownDirectories {
  readonly #tracee: Tracee
  readonly #open: (path: string) => OpenDirectory | number | undefined
  readonly #byPath = new Map<string, Known>()
  /** Forgotten ones. The present call may still use them. */
  #unused: number[] = []

  /** `open`: undefined for a directory that may not be kept, a negated errno for none. */
  constructor(tracee: Tracee, open: (path: string) => OpenDirectory | number | undefined) {
    this.#tracee = tracee
    this.#open = open
  }

  /** Directory with a descriptor valid until `tidy`; else as from `open`. */
  at(path: string): OpenDirectory | number | undefined {
    const known = this.#byPath.get(path)
    if (known !== undefined) return known
    const opened = this.#open(path)
    if (typeof opened !== 'object') return opened
    const { dev, ino } = this.#tracee.status(opened.fd)
    this.#byPath.set(path, { ...opened, dev, ino })
    return opened
  }

  /** A file has lost a name. With `isKept`, it has got another one. */
  noteLostName({ dev, ino, mode }: FileStatus, { isKept }: { readonly isKept: boolean }): void {
    const type = mode & S_IFMT
    if (type === S_IFLNK) this.#forget(({ isDirect }) => !isDirect)
    // All below it have lost theirs. A symlink may lead through a removed one and back (`a/../b`).
    if (type === S_IFDIR) this.#forget((known) => isKept || !known.isDirect || (known.dev === dev && known.ino === ino))
  }

  /** Closes what is not needed, between two calls. */
  tidy(): void {
    if (this.#byPath.size > most) {
      const oldest = new Set([...this.#byPath.values()].slice(0, most / 2))
      this.#forget((known) => oldest.has(known))
    }
    if (this.#unused.length > 0) for (const fd of this.#unused.splice(0)) this.#tracee.system.call('close', fd)
  }

  forgetAll(): void {
    this.#forget(() => true)
  }

  #forget(isForgotten: (known: Known) => boolean): void {
    for (const [path, known] of this.#byPath) {
      if (!isForgotten(known)) continue
      this.#byPath.delete(path)
      this.#unused.push(known.fd)
    }
  }
}
