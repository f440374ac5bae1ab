import type { FileStatus } from '../../listener/tracee.ts'

/**
 * Directories that were made since the first process began. On an overlay, as other rungs and
 * builders have it, only these can be renamed: for all others rename(2) fails with EXDEV, and
 * programs copy them (overlayfs, `redirect_dir=off`). The copy is another one: its times are new,
 * and names of one file become separate. So that images are equal, it is the same here.
 */
export class NewDirectories {
  readonly #made = new Set<string>()

  add(directory: FileStatus): void {
    this.#made.add(inodeKey(directory))
  }

  has(directory: FileStatus): boolean {
    return this.#made.has(inodeKey(directory))
  }
}

function inodeKey({ dev, ino }: FileStatus): string {
  return `${dev}:${ino}`
}
