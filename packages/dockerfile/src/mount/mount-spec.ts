/** Fields of every kind of mount. */
interface MountBase {
  /** Expanded but as written: the caller joins it to WORKDIR and refuses `/`. */
  readonly target?: string
  /** Options of other builders that say nothing here, as written; absent for none. */
  readonly ignored?: readonly string[]
}

interface FileOwner {
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A view of the build context, a stage or an image. Without `target` it covers WORKDIR. */
export interface BindMount extends MountBase {
  readonly type: 'bind'
  /** Stage or image; the build context when absent. */
  readonly from?: string
  readonly source: string
  readonly readonly: boolean
}

/** A directory that outlives the build. Its key is `id`, by default the cleaned target. */
export interface CacheMount extends MountBase, FileOwner {
  readonly type: 'cache'
  readonly id?: string
  readonly sharing: 'shared' | 'private' | 'locked'
  /** Initial content of a new cache; empty when absent. */
  readonly from?: string
  readonly source: string
  readonly readonly: boolean
}

/** An empty file system in memory. */
export interface TmpfsMount extends MountBase {
  readonly type: 'tmpfs'
  /** Bytes; unlimited when absent. */
  readonly size?: number
  /** Permission bits; those of what it covers when absent. */
  readonly mode?: number
  readonly readonly: boolean
}

/** A secret as a file, as a variable, or both. */
export interface SecretMount extends MountBase, FileOwner {
  readonly type: 'secret'
  readonly id: string
  /** Variable to put it in. With it and without `target` there is no file. */
  readonly env?: string
  readonly required: boolean
}

/** The socket of an agent. */
export interface SshMount extends MountBase, FileOwner {
  readonly type: 'ssh'
  readonly id: string
  readonly required: boolean
}

/** One `RUN --mount`, read: everything that does not depend on WORKDIR is filled in. */
export type MountSpec = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount
