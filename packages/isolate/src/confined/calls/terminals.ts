import { AT_FDCWD, O_CLOEXEC, O_PATH, S_IFCHR, S_IFMT } from '../../listener/kernel.ts'
import type { Confinement } from '../context.ts'

// linux/major.h, asm-generic/ioctls.h.
const masterMajor = 5
const masterMinor = 2
const TIOCGPTN = 0x80045430

/**
 * Shows a pseudoterminal to the guest whose master it has just opened (pts(4)). No others
 * exist: they are terminals of the builder's user.
 */
export function showTerminal({ tracee, paths }: Confinement, fd: number): void {
  const { mode } = tracee.status(fd)
  const { bytes } = tracee.statx
  const isMaster = bytes.readUInt32LE(128) === masterMajor && bytes.readUInt32LE(132) === masterMinor
  if ((mode & S_IFMT) !== S_IFCHR || !isMaster) return
  const { numbers, system } = tracee
  if (system.call('ioctl', fd, TIOCGPTN, numbers.address) !== 0) return
  const path = `/dev/pts/${numbers.bytes.readUInt32LE(0)}`
  const terminal = system.call('openat', AT_FDCWD, tracee.pathAt(path), O_PATH | O_CLOEXEC)
  if (terminal < 0) return
  const mount = { target: path, source: path, type: 'file', readonly: false, fd: terminal } as const
  paths.mount(mount)
}
