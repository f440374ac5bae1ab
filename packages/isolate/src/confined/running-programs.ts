import type { FileStatus } from '../listener/tracee.ts'

/** Identity of a file. */
export type FileKey = string

export function fileKey({ dev, ino }: Pick<FileStatus, 'dev' | 'ino'>): FileKey {
  return `${dev}:${ino}`
}

/**
 * Files that processes execute. The kernel, which knows the stub alone, would let them be written
 * to (open(2), ETXTBSY).
 */
export class RunningPrograms {
  readonly #processes = new Map<FileKey, Set<number>>()

  begin(file: FileKey | undefined, process: number): void {
    if (file === undefined) return
    const processes = this.#processes.get(file) ?? new Set()
    this.#processes.set(file, processes.add(process))
  }

  end(file: FileKey | undefined, process: number): void {
    const processes = file === undefined ? undefined : this.#processes.get(file)
    processes?.delete(process)
    if (file !== undefined && processes?.size === 0) this.#processes.delete(file)
  }

  /**
   * True for a file that a process executes which `runs`: one may have been killed, and the file
   * have the inode number of a removed one.
   */
  has(file: FileStatus, runs: (process: number) => boolean): boolean {
    return [...(this.#processes.get(fileKey(file)) ?? [])].some(runs)
  }
}
