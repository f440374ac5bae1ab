import type { Digest, Platform } from '@tsbuild/oci'
import type { Path } from '@tsbuild/tree'

/** An image, pinned: the manifest of one platform. */
export interface ImageOp {
  readonly kind: 'image'
  /** For people and for the registry: normalised, without digest. */
  readonly reference: string
  /** Digest of the platform's manifest. */
  readonly digest: Digest
  readonly platform: Platform
  /** Directory of an OCI layout it comes from; absent for a registry or the local store. */
  readonly layout?: string
  /** Named context that `layout` was given as. For people, no part of the key. */
  readonly context?: string
  /**
   * Requested name, with its digest where it has one, and the kind of its document: an index, or
   * the manifest. For people, not part of the key.
   */
  readonly found?: { readonly reference: string; readonly digest: Digest }
}

/**
 * A directory of the caller, filtered by its ignore file. `include` bounds what is read of it:
 * paths or wildcard patterns from the root; absent is all.
 */
export interface LocalOp {
  readonly kind: 'local'
  /** Name of the context; `build.ts` knows the directory. */
  readonly context: string
  readonly include?: readonly string[]
  /**
   * Without `include`: the paths and patterns that steps name besides the root. Only warnings are
   * about them.
   */
  readonly named?: readonly string[]
}

/** A commit of a git repository. */
export interface GitOp {
  readonly kind: 'git'
  readonly url: string
  /**
   * A branch, a tag, a full name below `refs/` or the id of a commit; absent: the default branch.
   */
  readonly ref?: string
  readonly subdir?: string
  /** `.git` is one of the files; not with `subdir`. */
  readonly keepGitDir?: boolean
  /** Beginning of the id of the commit, or of its tag. */
  readonly checksum?: string
  /** `checksum` is the commit, also when `ref` has moved. */
  readonly fetchByCommit?: boolean
  /** Default true. */
  readonly submodules?: boolean
  /** Files are dated by when they were checked out, not by their commit. */
  readonly mtime?: 'checkout'
}

/** A downloaded file, alone at the root under `filename`. */
export interface HttpOp {
  readonly kind: 'http'
  readonly url: string
  readonly filename: string
  readonly checksum?: Digest
}

/** A literal tree: scratch (no files) or heredocs. */
export interface InlineOp {
  readonly kind: 'inline'
  readonly files: readonly { readonly path: Path; readonly mode: number; readonly text: string }[]
}

/**
 * WORKDIR: the directory and its missing parents, 0755, owned by `user` as the rootfs of input 0
 * knows it.
 */
export interface MkdirOp {
  readonly kind: 'mkdir'
  /** Absolute. */
  readonly path: string
  readonly user: string
  /** Seconds; the time of what is made. */
  readonly epoch?: number
  /**
   * Seconds; no file below is later. Part of the key, because layers below are known to it without
   * their times.
   */
  readonly fileEpoch?: number
}

/** COPY and ADD onto input 0; sources are in the inputs they name. */
export interface CopyOp {
  readonly kind: 'copy'
  /**
   * `path` is expanded, as written. `literal` paths are never wildcards (downloads, heredocs, git).
   * A `packed` source is never unpacked, also with `extract`.
   */
  readonly sources: readonly {
    readonly input: number
    readonly path: string
    readonly literal?: boolean
    readonly packed?: boolean
  }[]
  /** Absolute; a trailing slash is significant. */
  readonly destination: string
  readonly owner?: string
  readonly mode?: string
  readonly exclude: readonly string[]
  readonly parents: boolean
  /** ADD unpacks archives it recognises by content. */
  readonly extract: 'archives' | 'never'
  /** Seconds; no file of the layer is dated later. */
  readonly epoch?: number
}

/** Puts the layers of the later inputs on top of input 0 (`--link`). */
export interface MergeOp {
  readonly kind: 'merge'
}

/** Joins the layers of input 0 into one, except the first `keep`. */
export interface SquashOp {
  readonly kind: 'squash'
  readonly keep: number
}

/** A mount of RUN. `target` is absolute. */
export type RunMount =
  | {
      readonly type: 'bind'
      readonly target: string
      readonly input: number
      readonly source: string
      readonly readonly: boolean
    }
  | {
      readonly type: 'cache'
      readonly target: string
      readonly id: string
      readonly sharing: 'shared' | 'private' | 'locked'
      readonly input?: number
      readonly source: string
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
      readonly readonly: boolean
    }
  | {
      readonly type: 'secret'
      readonly id: string
      /** Absent: only the environment variable. */
      readonly target?: string
      readonly env?: string
      readonly required: boolean
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  | {
      readonly type: 'ssh'
      readonly id: string
      readonly target: string
      readonly required: boolean
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }

/** Runs a process in the rootfs of input 0. */
export interface RunOp {
  readonly kind: 'run'
  readonly args: readonly string[]
  /** In order of declaration: the order is part of the key. */
  readonly env: readonly (readonly [name: string, value: string])[]
  /** Names in `env` whose values are those of an ARG. For people, no part of the key. */
  readonly argNames?: readonly string[]
  readonly cwd: string
  readonly user: string
  readonly hostname: string
  readonly network: 'default' | 'host' | 'private' | 'none'
  readonly security: 'sandbox' | 'insecure'
  readonly mounts: readonly RunMount[]
  readonly platform: Platform
  /** `host:ip`; only the names count for the key. */
  readonly extraHosts: readonly string[]
  readonly ulimits: readonly string[]
  /** Devices of the machine, by names of the Container Device Interface; absent for none. */
  readonly devices?: readonly { readonly name: string; readonly required: boolean }[]
  /** Bytes of /dev/shm. */
  readonly shmSize?: number
  /**
   * A script with its own interpreter (heredoc starting with `#!`): shown to the process read-only
   * at this path.
   */
  readonly script?: { readonly path: string; readonly text: string }
  /** Seconds; no file of the layer is dated later. */
  readonly epoch?: number
}

/** Everything a build can do. Plain data, so that it can be printed, hashed and compared. */
export type Op = ImageOp | LocalOp | GitOp | HttpOp | InlineOp | MkdirOp | CopyOp | MergeOp | SquashOp | RunOp
export type OpKind = Op['kind']
export type OpOf<K extends OpKind> = Extract<Op, { kind: K }>
