import { lstatSync } from 'node:fs'
import type { Path } from '../model/entry.ts'
import { FileRecords, type FileStat, statSize, writeStat } from '../known/file-records.ts'
import { hostPath } from './host-path.ts'
import { walk } from './walk.ts'

const scratch = Buffer.alloc(statSize)
const ctimeAt = 32

/**
 * Stats of the files in a directory, by path. Each change of content or metadata changes the stat
 * (inode(7), ctime).
 */
export class PathStats {
  readonly #rows = new Map<Path, number>()
  readonly #records = new FileRecords(statSize)

  /** The stats of everything in a directory. */
  static async of(directory: string): Promise<PathStats> {
    const stats = new PathStats()
    await walk(directory, (path, stat) => stats.set(path, stat))
    return stats
  }

  /** Stats as `pack` wrote them for the same paths. */
  static unpack(paths: readonly Path[], bytes: Buffer): PathStats {
    const stats = new PathStats()
    for (const [index, path] of paths.entries()) {
      const record = bytes.subarray(index * statSize, (index + 1) * statSize)
      if (record.length === statSize) record.copy(stats.#records.at(stats.#row(path)))
    }
    return stats
  }

  has(path: Path): boolean {
    return this.#rows.has(path)
  }

  set(path: Path, stat: FileStat): void {
    writeStat(this.#records.at(this.#row(path)), stat)
  }

  /** Takes the stats of these files in the directory again. */
  refresh(directory: string, paths: Iterable<Path>): void {
    for (const path of paths) {
      const stat = lstatSync(hostPath(directory, path), { bigint: true, throwIfNoEntry: false })
      if (stat !== undefined) this.set(path, stat)
    }
  }

  /** True if the file at a path has the same stat as before. */
  matches(path: Path, stat: FileStat): boolean {
    return this.#at(path)?.equals(writeStat(scratch, stat)) === true
  }

  /** Device and inode number. */
  inode(path: Path): { readonly dev: number; readonly ino: number } | undefined {
    const record = this.#at(path)
    return record && { dev: Number(record.readBigUInt64LE(0)), ino: Number(record.readBigUInt64LE(8)) }
  }

  /** Latest change of a file, in nanoseconds since 1970. */
  get newest(): bigint {
    let newest = 0n
    for (let row = 0; row < this.#records.count; row += 1) {
      const ctime = this.#records.at(row).readBigInt64LE(ctimeAt)
      if (ctime > newest) newest = ctime
    }
    return newest
  }

  /** The stats of these paths, in order. Zeros for unknown paths: a file never has these. */
  pack(paths: readonly Path[]): Buffer {
    const bytes = Buffer.alloc(paths.length * statSize)
    for (const [index, path] of paths.entries()) this.#at(path)?.copy(bytes, index * statSize)
    return bytes
  }

  #at(path: Path): Buffer | undefined {
    const row = this.#rows.get(path)
    return row === undefined ? undefined : this.#records.at(row)
  }

  #row(path: Path): number {
    const known = this.#rows.get(path)
    if (known !== undefined) return known
    const row = this.#records.add()
    this.#rows.set(path, row)
    return row
  }
}
