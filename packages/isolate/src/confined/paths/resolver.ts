import { EAGAIN, O_CLOEXEC, O_PATH, openFlags, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS } from '../../listener/kernel.ts'
import type { Memory } from '../../listener/system.ts'
import type { Tracee } from '../../listener/tracee.ts'
import { writeWord } from '../../listener/words.ts'
import type { Arch } from '../../machine/machine-code.ts'
import type { Location } from './location.ts'

/** Lets the kernel follow paths, none of which leaves its root directory (openat2(2)). */
export class Resolver {
  readonly #tracee: Tracee
  readonly #how: Memory
  readonly #largeFile: number

  constructor(tracee: Tracee, arch: Arch) {
    this.#largeFile = openFlags[arch].largeFile
    this.#tracee = tracee
    this.#how = tracee.system.allocate(24)
  }

  /**
   * Opens a file, with the flags of open(2). Returns a negated errno for an error: without
   * `followsLinks`, -ELOOP for a path with a symlink in it.
   */
  open({ root, text }: Location, flags: number, { followsLinks }: { readonly followsLinks: boolean }): number {
    const { bytes, address } = this.#how
    // Unlike open(2), openat2(2) refuses files of 2 GiB without it.
    const large = (flags & O_PATH) === 0 ? this.#largeFile : 0
    writeWord(bytes, (flags | O_CLOEXEC | large) >>> 0, 0)
    writeWord(bytes, RESOLVE_IN_ROOT | (followsLinks ? 0 : RESOLVE_NO_SYMLINKS), 16)
    const path = this.#tracee.pathAt(text)
    // A rename somewhere else makes the kernel unsure (openat2(2), EAGAIN).
    for (let tries = 0; ; tries += 1) {
      const fd = this.#tracee.system.call('openat2', root.fd, path, address, 24)
      if (fd !== -EAGAIN || tries === 64) return fd
    }
  }
}
