import { type Digest, hexOf } from '@tsbuild/oci'
import { FileRecords, recordSize, type FileStat, statSize, writeStat } from '../known/file-records.ts'

const scratch = Buffer.alloc(statSize)
const unknown = Buffer.alloc(recordSize - statSize)

/** Stats and digests of the files below a directory, by row. */
export class FileTable {
  readonly root: string
  /** An alternative to changing a file that cannot be used. */
  readonly remedy: string | undefined
  readonly #records = new FileRecords()

  constructor(root: string, remedy?: string) {
    this.root = root
    this.remedy = remedy
  }

  /** Adds a file without a known digest. Returns its row. */
  add(stat: FileStat): number {
    const row = this.#records.add()
    writeStat(this.#records.at(row), stat)
    return row
  }

  /** True if the file has the same stat as before. */
  matches(row: number, stat: FileStat): boolean {
    return this.stat(row).equals(writeStat(scratch, stat))
  }

  /** The stat as `writeStat` writes it. */
  stat(row: number): Buffer {
    return this.#records.at(row).subarray(0, statSize)
  }

  /** Stat and digest. */
  record(row: number): Buffer {
    return this.#records.at(row)
  }

  digest(row: number): Digest | undefined {
    const hash = this.#records.at(row).subarray(statSize)
    return hash.equals(unknown) ? undefined : `sha256:${hash.toString('hex')}`
  }

  setDigest(row: number, digest: Digest): void {
    this.#records.at(row).write(hexOf(digest), statSize, 'hex')
  }
}
