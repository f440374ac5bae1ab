import type { Arch } from './machine-code.ts'
import { rowCodeArm64 } from './row-code-arm64.ts'
import { rowCodeX64 } from './row-code-x64.ts'

/**
 * A function of the addresses of a row and of a word: performs rows until one of kind `end`, and
 * returns its result. A row of another kind than `rowKind` has is a system call with this number.
 * Its result is written to the word; an error leads away if the last word of the row is not 0.
 */
export function rowCode(arch: Arch): Uint8Array {
  return Uint8Array.from(
    arch === 'x64'
      ? rowCodeX64
      : rowCodeArm64.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]),
  )
}
