import type { ErrorCode } from '@tsbuild/errors'
import type { Compression } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { IdMaps, LimitedTo, ProcessResult, Rung } from '@tsbuild/isolate'
import type { Tree } from '@tsbuild/tree'
import { knownError } from '../../known-error.ts'
import type { PackedMount } from '../../mounts/pack-mount.ts'
import type { PackMount, UnpackMount } from './mount-jobs.ts'
import type { OwnedPath } from './owned-paths.ts'
import type { RootfsMount, RootfsProcess } from './provider.ts'

/**
 * Way in which a file-system state becomes a directory: layers mounted over each other, or unpacked
 * into one.
 */
export type Strategy = 'overlay' | 'clone'

/** Set-up of an agent, its only argument. */
export interface AgentSetup {
  readonly rung: Rung['name']
  readonly strategy: Strategy
  /** Directory of the store. */
  readonly root: string
  /** Directory of this agent in the store, for everything that ends with it. */
  readonly work: string
  /** The store outlives a power failure. */
  readonly durable: boolean
  /** The id maps of the user namespace, for the rung that has one. */
  readonly idMaps?: IdMaps
  /** Start of the machine. */
  readonly boot?: string
  readonly limitedTo?: LimitedTo
}

/** A layer as the agent needs it: unpacked already, or a blob in the store. */
export interface StoredLayer {
  readonly diffId: Digest
  /**
   * Name of its unpacked directory: the diffId or, for a layer that implies directories,
   * the layer with all below it.
   */
  readonly unpackedAs: Digest
  readonly blob?: Descriptor
  /** The directories it implies, as the layers below have them. */
  readonly implied?: Tree
}

/** A snapshot as the agent needs it. */
export interface StoredSnapshot {
  readonly layers: readonly StoredLayer[]
  /** Files with metadata that the kernel cannot hold, on a rung that needs a ledger. */
  readonly owned?: readonly OwnedPath[]
}

/** A mount with its layers in the store. */
export type AgentMount =
  | Exclude<RootfsMount, { type: 'snapshot' | 'cache' }>
  | (Omit<Extract<RootfsMount, { type: 'snapshot' }>, 'snapshot'> & StoredSnapshot)
  | (Omit<Extract<RootfsMount, { type: 'cache' }>, 'seed'> & {
      readonly seed?: StoredSnapshot & { readonly path: string }
    })

export interface RunRequest {
  readonly snapshot: StoredSnapshot
  readonly process: Omit<RootfsProcess, 'mounts'> & { readonly mounts: readonly AgentMount[] }
  readonly compression: Compression
  readonly epoch?: number
}

export interface RunAnswer {
  readonly result: ProcessResult
  /** Changes of the process, in the store now; absent for a process that failed. */
  readonly committed?: { readonly id: Digest; readonly diffId: Digest }
}

/** Work for an agent. */
export type Job =
  | { readonly type: 'run'; readonly request: RunRequest }
  | { readonly type: 'pack'; readonly request: PackMount }
  | { readonly type: 'unpack'; readonly request: UnpackMount }

/** Answer of a job that has ended: the member of its type, if that type has an answer. */
export interface Answers {
  readonly run?: RunAnswer
  readonly pack?: PackedMount
}

/** Caller to agent. Every job has a number, its `run`. */
export type Request =
  | (Job & { readonly run: number })
  | { readonly type: 'abort'; readonly run: number }
  /** The last output of the stream has been taken. Until then the agent reads no more of it. */
  | { readonly type: 'taken'; readonly run: number; readonly stream: 'stdout' | 'stderr' }

/** Agent to caller. The first is `ready` or `refused`. */
export type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly error: PlainError }
  | { readonly type: 'output'; readonly run: number; readonly stream: 'stdout' | 'stderr'; readonly data: Uint8Array }
  | { readonly type: 'done'; readonly run: number; readonly answer: Answers }
  | { readonly type: 'failed'; readonly run: number; readonly error: PlainError }

/** An error on its way between processes. */
export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string | undefined
}

/** The parts of an error that cross the channel: code, message and hint. */
export function plainError(error: unknown): PlainError {
  const { code, message, hint } = knownError(error)
  return { code, message, hint }
}
