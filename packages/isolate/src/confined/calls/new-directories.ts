import type { FileStatus } from '../../listener/tracee.ts'

type FileId = Pick<FileStatus, 'dev' | 'ino'>

/**
 * Directories that were made since the first process began. On an overlay, as other rungs and
 * builders have it, only these can be renamed: for all others rename(2) fails with EXDEV, and
 * programs copy them (overlayfs, `redirect_dir=off`). The copy is another one: its times are new,
 * and names of one file become separate. So that images are equal, it is the same here.
 */
export class NewDirectories {
  readonly #made: Set<string>

  /** `made`: directories that were made for the first process, as mount points. */
  constructor(made: readonly FileId[]) {
    this.#made = new Set(made.map(inodeKey))
  }

  add(directory: FileId): void {
    this.#made.add(inodeKey(directory))
  }

  has(directory: FileId): boolean {
    return this.#made.has(inodeKey(directory))
  }
}

function inodeKey({ dev, ino }: FileId): string {
  return `${dev}:${ino}`
}
