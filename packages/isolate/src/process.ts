/** A mount the isolator makes, in order. Sources are host paths; targets absolute in the rootfs and existing. */
export type Mount =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readonly: boolean; readonly recursive?: boolean }
  | { readonly type: 'tmpfs'; readonly target: string; readonly size?: number; readonly mode?: number }
  | {
      readonly type: 'overlay'
      readonly lower: readonly string[]
      readonly upper?: string
      readonly work?: string
      readonly target: string
    }

/** One process to run in a root file system. Plain data. */
export interface ProcessSpec {
  /** Host directory that becomes `/`. */
  readonly rootfs: string
  readonly args: readonly string[]
  readonly env: readonly (readonly [name: string, value: string])[]
  /** Absolute in the rootfs. */
  readonly cwd: string
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] }
  readonly mounts: readonly Mount[]
  readonly hostname: string
  /** `none` has a loopback interface only. */
  readonly network: 'host' | 'none'
  /** `insecure`: every capability, nothing masked. */
  readonly security: 'sandbox' | 'insecure'
  /** Lines for /etc/hosts, `host:ip`. */
  readonly extraHosts: readonly string[]
  /** `name=soft[:hard]`. */
  readonly ulimits: readonly string[]
  /** Bytes of /dev/shm; default 64 MiB. */
  readonly shmSize?: number
}

/** How a process ended. A non-zero exit code is a result, not an exception. */
export interface ProcessResult {
  /** 0–255; 128 + signal when a signal ended it. */
  readonly exitCode: number
  readonly signal?: NodeJS.Signals
  /** The kernel ran out of memory for it. */
  readonly outOfMemory: boolean
}

export interface ProcessIo {
  /** Aborting kills the process and all its descendants. */
  readonly signal: AbortSignal
  onOutput(stream: 'stdout' | 'stderr', data: Uint8Array): void
}

/** Whether a back-end works here, and what would make it. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string; readonly hint?: string }
