import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type DirectoryTimes, isSameFile } from './directory-times.ts'

const O_PATH = 0o10000000

export interface CoverOptions {
  /** Directory that the path lies in. */
  readonly rootfs: string
  /** Name beside the rootfs, on the same file system, for what lay at the path. */
  readonly aside: string
  readonly times: DirectoryTimes
}

/** Something put over a file or directory of a rootfs for a while. */
export class Cover {
  readonly #path: string
  readonly #options: CoverOptions
  readonly #parent: BigIntStats
  /** Open, so that its inode number is not given to another file. */
  readonly #fd: number
  readonly #takeAway: (path: string) => void

  /**
   * Moves what lies at `path` aside and calls `put` to put something there; `put` returns what has
   * to be done before that is removed.
   */
  constructor(path: string, options: CoverOptions, put: () => (path: string) => void) {
    this.#path = path
    this.#options = options
    this.#parent = look(dirname(path))
    this.#takeAway = options.times.change(dirname(path), () => {
      renameSync(path, options.aside)
      return put()
    })
    this.#fd = openSync(path, O_PATH | constants.O_NOFOLLOW)
  }

  /**
   * Removes what was put, wherever the process has moved it with a directory, and puts in its place
   * what lay there. Where the process removed the directory, both are gone. Never follows a symlink
   * that the process has made on the way.
   */
  remove(): void {
    const { aside, times } = this.#options
    const found = this.#find()
    closeSync(this.#fd)
    const place = found ?? this.#path
    const parent = lstatSync(dirname(place), { bigint: true, throwIfNoEntry: false })
    if (found === undefined && !isSameFile(parent, this.#parent)) return rmSync(aside, { recursive: true, force: true })
    times.change(dirname(place), () => {
      if (found !== undefined) this.#takeAway(found)
      rmSync(place, { recursive: true, force: true })
      renameSync(aside, place)
    })
  }

  /** Present path of the file that was put; undefined if the process has removed it. */
  #find(): string | undefined {
    const put = fstatSync(this.#fd, { bigint: true })
    if (isSameFile(lstatSync(this.#path, { bigint: true, throwIfNoEntry: false }), put)) return this.#path
    return put.nlink === 0n ? undefined : search(this.#options.rootfs, put)
  }
}

function look(path: string): BigIntStats {
  return lstatSync(path, { bigint: true })
}

/** Looks for a file in a directory and everything below, without following symlinks. */
function search(directory: string, file: BigIntStats): string | undefined {
  for (const { name } of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, name)
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (isSameFile(stat, file)) return path
    const found = stat?.isDirectory() ? search(path, file) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
