import type { Obstacle } from './obstacle.ts'
import type { Ledger } from '../ledger/ledger.ts'

/**
 * A mount of the process, made in order. Targets are absolute in the rootfs; what is missing of
 * them is made.
 */
export type Mount =
  /**
   * A host path; `directory` says what it is. Device files work only with `devices`. `recursive`
   * takes what is mounted below along.
   */
  | {
      readonly type: 'bind'
      readonly source: string
      readonly target: string
      readonly readonly: boolean
      readonly directory: boolean
      readonly recursive?: boolean
      readonly devices?: boolean
    }
  /**
   * Sizes in bytes; without one, half of the memory. Default mode: that of the directory it covers,
   * else 1777.
   */
  | {
      readonly type: 'tmpfs'
      readonly target: string
      readonly size?: number
      readonly mode?: number
      readonly readonly?: boolean
    }

/** One process to run in a root file system. Plain data but for the ledger. */
export interface ProcessSpec {
  /** Host directory that becomes `/`. */
  readonly rootfs: string
  /** Program and arguments; a program without `/` is looked for in PATH. */
  readonly args: readonly string[]
  readonly env: readonly (readonly [name: string, value: string])[]
  /** Absolute in the rootfs. */
  readonly cwd: string
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] }
  readonly mounts: readonly Mount[]
  readonly hostname: string
  /**
   * `default` is the network of the caller without packet sockets, `host` with them. `private` is a
   * network namespace with a way to the outside, made by pasta. `none` has a loopback interface
   * only.
   */
  readonly network: 'default' | 'host' | 'private' | 'none'
  /**
   * The root directory has i386 programs, which make sockets by `socketcall`. No filter can look
   * into it, so they have no raw sockets at all in the network of the machine.
   */
  readonly socketcall?: boolean
  /**
   * The program is linked statically to fixed addresses, as BusyBox often is. A filter cannot
   * separate such programs of users from those of root, so more calls are trapped.
   */
  readonly fixed?: boolean
  /** `insecure`: every capability, nothing masked. */
  readonly security: 'sandbox' | 'insecure'
  /** Lines for /etc/hosts, `host:ip`. */
  readonly extraHosts: readonly string[]
  /** `name=soft[:hard]`. */
  readonly ulimits: readonly string[]
  /** Bytes of /dev/shm; default 64 MiB. */
  readonly shmSize?: number
  /**
   * Owners that the kernel cannot keep: the process sees them, and they are what it made them when
   * it has ended.
   */
  readonly ledger?: Ledger
}

/** End of a process. A non-zero exit code is a result, not an exception. */
export interface ProcessResult {
  /** 0–255; 128 + signal when a signal ended it. */
  readonly exitCode: number
  readonly signal?: NodeJS.Signals
  /** The kernel ran out of memory for it. */
  readonly outOfMemory: boolean
  /** The limit that ended it: bytes of memory, or processes. */
  readonly reached?: { readonly limit: 'memory' | 'pids'; readonly value: number }
}

export interface ProcessIo {
  /** Aborting kills the process and all its descendants. */
  readonly signal: AbortSignal
  /**
   * Called in order for each stream; while a promise it returned is pending, that stream is not
   * read.
   */
  onOutput(stream: 'stdout' | 'stderr', data: Uint8Array): void | Promise<void>
}

/** A way to run processes in a root directory. */
export interface Isolator {
  /**
   * Runs one process to its end. Rejects with an `IsolationError` when it could not be started, and
   * with the signal's reason when it was aborted.
   */
  run(spec: ProcessSpec, io: ProcessIo): Promise<ProcessResult>
}

/** An answer about something that may work here, with its remedy. */
export type Availability =
  | { readonly available: true }
  | {
      readonly available: false
      readonly reason: string
      readonly hint?: string
      readonly obstacles?: readonly Obstacle[]
    }
