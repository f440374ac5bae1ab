import type { Compression } from '@tsbuild/content'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import type { PackedMount } from '../../mounts/pack-mount.ts'
import type { ProcessResult, ProcessSpec } from '@tsbuild/isolate'
import type { PackMount, UnpackMount } from './mount-jobs.ts'

/**
 * A mount of the process, on host paths that exist already. Targets are absolute paths in the
 * rootfs.
 */
export type RootfsMount =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readonly: boolean }
  /**
   * A file system of layers. `path` is the part that is shown. Writes, where allowed, are thrown
   * away.
   */
  | {
      readonly type: 'snapshot'
      readonly snapshot: Snapshot
      readonly path: string
      readonly target: string
      readonly readonly: boolean
    }
  /** A persistent directory; `seed` fills it when it is new. */
  | {
      readonly type: 'cache'
      readonly directory: string
      readonly seed?: { readonly snapshot: Snapshot; readonly path: string }
      readonly target: string
      readonly readonly: boolean
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  | {
      readonly type: 'tmpfs'
      readonly target: string
      readonly size?: number
      readonly mode?: number
      readonly readonly?: boolean
    }
  /** Bytes shown as a file that is never on disk nor in the layer. */
  | {
      readonly type: 'file'
      readonly target: string
      readonly content: Uint8Array
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  /** A device file of the machine; without owner it is the user's, without mode as it is. */
  | {
      readonly type: 'device'
      readonly source: string
      readonly target: string
      readonly mode?: number
      readonly uid?: number
      readonly gid?: number
    }
  /** A unix socket of the caller. */
  | {
      readonly type: 'socket'
      readonly source: string
      readonly target: string
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }

/** A process; its user is still a name, because only the rootfs knows the ids. */
export type RootfsProcess = Omit<ProcessSpec, 'rootfs' | 'user' | 'mounts'> & {
  readonly user: string
  /**
   * The processor its programs are for (GOARCH), for the emulator they may need; absent for this
   * machine's.
   */
  readonly architecture?: string
  /** Groups it is in besides those of its user. */
  readonly groups?: readonly number[]
  readonly mounts: readonly RootfsMount[]
}

export interface RootfsIo {
  readonly signal: AbortSignal
  /**
   * Called in order for each stream; while a promise it returned is pending, the process waits with
   * more output.
   */
  onOutput(stream: 'stdout' | 'stderr', data: Uint8Array): unknown
}

/** Runs processes in snapshots and makes layers of their changes. One agent serves a build. */
export interface RootfsProvider extends AsyncDisposable {
  /** The rung in use, for `doctor` and events. */
  readonly rung: string
  /**
   * Runs the process in a rootfs of `snapshot`. The layer holds its changes. A failed process
   * yields a result and no layer.
   */
  run(
    snapshot: Snapshot,
    process: RootfsProcess,
    /** `epoch`, in seconds: no file of the layer is dated later. */
    options: RootfsIo & { readonly compression: Compression; readonly epoch?: number },
  ): Promise<{ readonly result: ProcessResult; readonly layer?: Layer }>
  /** Makes a cache mount from a manifest. Rejects for a wrong one and leaves no files behind. */
  unpackMount(mount: UnpackMount, signal: AbortSignal): Promise<void>
  /** Describes a cache mount, which may be in use meanwhile. */
  packMount(mount: PackMount, signal: AbortSignal): Promise<PackedMount>
}
