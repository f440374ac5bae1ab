import type { Arch } from '../machine/machine-code.ts'

/** Size of struct stat, and offsets in it. */
interface StatLayout {
  readonly size: number
  readonly dev: number
  readonly ino: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
}

export const statLayout: Readonly<Record<Arch, StatLayout>> = {
  x64: { size: 144, dev: 0, ino: 8, mode: 24, uid: 28, gid: 32, rdev: 40 },
  arm64: { size: 128, dev: 0, ino: 8, mode: 16, uid: 24, gid: 28, rdev: 32 },
}
