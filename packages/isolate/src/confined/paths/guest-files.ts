import type { Location } from './location.ts'
import type { MountTable } from './mount-table.ts'
import type { Process } from '../processes.ts'
import type { StandIns } from './stand-ins.ts'

/** Files as the process sees them whose call is being answered. */
export interface GuestFiles {
  readonly mounts: MountTable
  readonly standIns: StandIns
  readonly caller: Process
  /**
   * Opens a file that exists, with the flags of open(2). Returns a negated errno, as the next one
   * does.
   */
  open(directory: number, path: string, flags: number): number
  /** Location of a path of the guest for the caller, whose root directory may be below it. */
  locate(path: string): Location
  /** Text of a symlink. */
  readLink(directory: number, name: string): string | number
  /**
   * Path of an open file of the supervisor in the guest; undefined for what the guest does not see.
   */
  nameOf(fd: number): string | undefined
  /** True for an open file of the supervisor in a mount that is read-only. */
  isReadonly(fd: number): boolean
  close(fd: number): void
}
