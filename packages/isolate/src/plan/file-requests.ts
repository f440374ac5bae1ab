import { allow, and, answer, instruction, jumpIfEqual, loadArgument, refuse } from '../machine/bpf.ts'
import type { Arch } from '../machine/machine-code.ts'

/** Number of ioctl(2). */
export const ioctl: Readonly<Record<Arch, number>> = { x64: 16, arm64: 29 }

/** Second byte of the requests of file systems: ext4 and all others, XFS, versions, Btrfs, F2FS. */
const types = [0x66, 0x58, 0x76, 0x94, 0xf5]

/** Requests that only read, or need a file that is open for writing (ioctl_ficlone(2)). */
const harmless = {
  FS_IOC_GETFLAGS: 0x80086601,
  FS_IOC_GETVERSION: 0x80087601,
  FS_IOC_FSGETXATTR: 0x801c581f,
  FS_IOC_FIEMAP: 0xc020660b,
  FICLONE: 0x40049409,
  FICLONERANGE: 0x4020940d,
  FIDEDUPERANGE: 0xc0189436,
}

const EOPNOTSUPP = 95

/**
 * Refuses requests by which the owner of a file changes it through a descriptor that is open for
 * reading: its flags (`chattr`), verity, subvolumes. For the kernel, no mount is read-only.
 */
export const noFileRequests: readonly number[] = [
  ...loadArgument(1),
  ...Object.values(harmless).flatMap((request) => [...instruction(jumpIfEqual, request, { jf: 1 }), ...allow]),
  ...instruction(and, 0xff00),
  ...types.flatMap((type) => [
    ...instruction(jumpIfEqual, type * 0x100, { jf: 1 }),
    ...instruction(answer, refuse(EOPNOTSUPP)),
  ]),
  ...allow,
]
