import type { Compression } from '@tsbuild/content'
import type { Limits } from '@tsbuild/isolate'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { RootfsMount, RootfsProcess } from '../rootfs/protocol/provider.ts'

/** A layer that a step stands on; its bytes are the file `layerFile` of the input root. */
export interface TaskLayer {
  readonly id: Digest
  readonly diffId: Digest
  readonly blob: Descriptor
}

/** A mount that another machine can make. */
export type TaskMount =
  | Extract<RootfsMount, { type: 'tmpfs' }>
  /** The content as base64. */
  | (Omit<Extract<RootfsMount, { type: 'file' }>, 'content'> & { readonly content: string })
  /** Layers by their index. */
  | (Omit<Extract<RootfsMount, { type: 'snapshot' }>, 'snapshot'> & { readonly snapshot: readonly number[] })

/** One RUN as data: the file `task.json` of its action. */
export interface WorkerTask {
  readonly version: typeof taskVersion
  readonly layers: readonly TaskLayer[]
  /** Layers of the root file system by their index, oldest first. */
  readonly snapshot: readonly number[]
  readonly process: Omit<RootfsProcess, 'mounts' | 'ledger' | 'architecture'> & { readonly architecture: string }
  readonly mounts: readonly TaskMount[]
  readonly compression: Compression
  readonly epoch?: number
  readonly isolation?: string
  readonly limits?: Limits
  /** Directory for a store that other steps share. */
  readonly store?: string
}

/** Of tasks and results. A worker runs the program that came with its task. */
export const taskVersion = 1

/** Files of an action, relative to its input root. */
export const taskFiles = {
  task: 'task.json',
  /** Directory of the program, its Node and its native module. */
  program: 'tsbuild',
  result: 'out/result.json',
  layer: 'out/layer',
} as const

/** Argument of the program that is started in a mount namespace of its own. */
export const ownMounts = 'own-mounts'

/** File of a layer in the input root. */
export function layerFile({ digest }: Descriptor): string {
  return `layers/${digest.replace(':', '-')}`
}
