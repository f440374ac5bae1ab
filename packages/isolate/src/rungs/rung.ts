import type { ChildProcess } from 'node:child_process'
import type { IdMaps } from '../model/id-map.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import type { Overlay } from '../root/overlay.ts'
import type { Availability, Isolator, ProcessResult } from '../model/process.ts'

/** A program of the caller's that gets the rights of a rung. */
export interface Program {
  /** The first is a path. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Private directory in which programs can be executed. */
  readonly scratch: string
}

/** A program that runs with the rights of a rung. Its standard error is a pipe to read. */
export interface StartedProgram {
  readonly child: ChildProcess
  /**
   * End of the program. Rejects with an `IsolationError` that names the system call that kept it
   * from starting.
   */
  readonly ended: Promise<ProcessResult>
}

/** Further trials of a probe: mounts on the file system of the later work. */
export interface ProbeRequest {
  /** An empty directory that may be written to; it is left behind. */
  readonly directory: string
  /**
   * Mounted before the rest is tried, on its target, which becomes the root directory of the trial.
   */
  readonly overlay?: Overlay
}

/** One way to get the rights that isolating processes needs. */
export interface Rung {
  readonly name:
    | 'root'
    | 'userns'
    | 'userns-single'
    | 'chroot'
    | 'confined'
    | 'oci:crun'
    | 'oci:runc'
    | 'oci:crun:userns'
    | 'oci:runc:userns'
  /** Overlays are to keep their marks in `user.overlay.` attributes. */
  readonly userXattrs: boolean
  /**
   * The ids of the user namespace that programs are started in, for a rung that has one. Throws
   * `RUNG_UNAVAILABLE`.
   */
  readonly idMaps?: () => IdMaps
  /**
   * Metadata that processes need a ledger for, because the kernel does not keep it: owners and
   * devices, or modes and attributes too.
   */
  readonly ledger: 'none' | 'owners' | 'all'
  /** The program started may mount. */
  readonly mounts: boolean
  /**
   * Programs of other processors run by an emulator in PATH: `registered` with the kernel, in a
   * user namespace of its own, or `started` by the isolator.
   */
  readonly emulators: 'none' | 'registered' | 'started'
  /** Limitations, for people; absent if it has none. */
  readonly loses?: string
  /** Tries for real what `start` and the isolator need; never rejects. */
  probe(request: ProbeRequest): Promise<Availability>
  /**
   * Starts a program with these rights and a channel for messages (Node's `ipc`, advanced
   * serialization). What it starts and mounts ends with it, and it ends with the caller.
   */
  start(program: Program): Promise<StartedProgram>
  /** Runs processes, called from inside what `start` started. */
  isolator(context: LaunchContext): Isolator
}
