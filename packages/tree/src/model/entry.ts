import type { Digest } from '@tsbuild/oci'
import type { Extents } from '@tsbuild/tar'

/**
 * Path in a tree: relative, `/`-separated, without leading or trailing slash, `.` or `..`; the root
 * is `''`.
 */
export type Path = string

/** Metadata of every kind of entry. */
export interface Metadata {
  /** Permission bits with setuid, setgid and sticky: 0–07777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Whole seconds since 1970. Never part of a cache key. */
  readonly mtime: number
  readonly xattrs?: ReadonlyMap<string, Uint8Array>
}

/** The bytes of a file; where they lie (context, layer, store) is the opener's secret. */
export interface FileContent {
  readonly size: number
  /** Known for what was read before (contexts, indexed layers); unknown for a fresh scan. */
  readonly digest?: Digest | undefined
  /**
   * Reads the bytes; throws when there are not exactly `size` of them, or the file changed since it
   * was scanned.
   */
  open(): AsyncIterable<Uint8Array>
  /**
   * Reads all bytes at once to `offset` of a buffer that has room for them, as `open` would; absent
   * where that means to wait.
   */
  readInto?(buffer: Buffer, offset: number): void
  /**
   * Reads `length` bytes from `start`, fewer where the file ends, without reading the rest: the
   * digest is not verified. Absent where bytes can only be had in order.
   */
  readAt?(start: number, length: number): Promise<Buffer>
}

/** One path of a tree, its bytes described by `Content`. */
export type EntryOf<Content> = Metadata &
  (
    | { readonly type: 'file'; readonly content: Content }
    | { readonly type: 'directory' }
    | { readonly type: 'symlink'; readonly target: string }
    /** Another name of the file at `target`, in the same tree or diff. */
    | { readonly type: 'hardlink'; readonly target: Path }
    | { readonly type: 'device'; readonly kind: 'block' | 'character'; readonly major: number; readonly minor: number }
    | { readonly type: 'fifo' }
  )

/** One path of a tree. */
export type Entry = EntryOf<FileContent>

/** Place of a file's bytes in the tar of its layer. */
export interface LocatedContent {
  readonly size: number
  readonly digest: Digest
  /** Byte of the uncompressed tar the content starts at. */
  readonly offset: number
  /**
   * Parts of a sparse file that the tar holds from there on, one behind the other; absent where it
   * holds all.
   */
  readonly stored?: Extents
}
