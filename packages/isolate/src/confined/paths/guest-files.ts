import type { Location } from './location.ts'
import type { OpenFiles } from './open-files.ts'
import type { Process } from '../processes.ts'
import type { StandIns } from './stand-ins.ts'

/** Files as the process sees them whose call is being answered. */
export interface GuestFiles extends Pick<OpenFiles, 'mounts' | 'readLink' | 'nameOf' | 'isReadonly' | 'close'> {
  readonly standIns: StandIns
  readonly caller: Process
  /** Opens a file that exists, with the flags of open(2). Returns a negated errno for an error. */
  open(directory: number, path: string, flags: number): number
  /** Location of a path of the guest for the caller, whose root directory may be below it. */
  locate(path: string): Location
}
