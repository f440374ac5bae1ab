import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { Digest } from '@tsbuild/oci'
import type { Path } from '../model/entry.ts'
import { TextHash } from '../model/listing-digest.ts'

/**
 * A file that changed less than this before it was read may change again without its times showing
 * it.
 */
export const grainNs = 2_000_000_000n
const fields = 8

/**
 * Digest of names and stats of a directory tree. It is equal as long as no name or stat changes.
 * Far cheaper than the listing of the contents, even if all their digests are known.
 */
export class TreeFingerprint {
  readonly #names = new TextHash('tsbuild fingerprint 1')
  readonly #hash = createHash('sha256')
  readonly #numbers = new BigUint64Array(1024 * fields)
  #filled = 0
  #latest = 0n

  /** Adds a path, in the order of `walk`. */
  add(path: Path, stat: BigIntStats): void {
    this.#names.add(`${path.length}:${path}`)
    const numbers = this.#numbers
    const at = this.#filled
    numbers[at] = stat.mode
    if (stat.isDirectory()) {
      // Its names follow. Its times also change with files that are left out.
      numbers.fill(0n, at + 1, at + fields)
    } else {
      const { mtimeNs, ctimeNs } = stat
      // Written out: a list of the numbers takes twice the time.
      numbers[at + 1] = stat.dev
      numbers[at + 2] = stat.ino
      numbers[at + 3] = stat.nlink
      numbers[at + 4] = stat.rdev
      numbers[at + 5] = stat.size
      numbers[at + 6] = mtimeNs
      numbers[at + 7] = ctimeNs
      if (mtimeNs > this.#latest) this.#latest = mtimeNs
      if (ctimeNs > this.#latest) this.#latest = ctimeNs
    }
    this.#filled = at + fields
    if (this.#filled === numbers.length) this.#flush()
  }

  /** Ends the fingerprint. */
  digest(): Digest {
    this.#flush()
    return `sha256:${this.#hash.update(this.#names.digest()).digest('hex')}`
  }

  /** False if a file changed so recently that a further change could go unnoticed. */
  get isSettled(): boolean {
    return BigInt(Date.now()) * 1_000_000n - this.#latest >= grainNs
  }

  #flush(): void {
    this.#hash.update(this.#numbers.subarray(0, this.#filled))
    this.#filled = 0
  }
}
