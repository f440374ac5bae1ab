/** Fields of every kind of tar entry. */
export interface TarMetadata {
  /**
   * As in the archive, `/`-separated, made by `decodeName`; not yet checked for `..`: that is the
   * reader's caller's job. Directories have no trailing slash here.
   */
  readonly path: string
  /** Permission bits with setuid, setgid and sticky: 0–07777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Whole seconds since 1970. */
  readonly mtime: number
  /** From PAX `SCHILY.xattr.*`, raw bytes. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>
}

/** One entry of a tar archive (POSIX pax, with GNU long names and base-256 numbers read too). */
export type TarEntry = TarMetadata &
  (
    | { readonly type: 'file'; readonly size: number }
    | { readonly type: 'directory' }
    | { readonly type: 'symlink'; readonly target: string }
    | { readonly type: 'hardlink'; readonly target: string }
    | { readonly type: 'device'; readonly kind: 'block' | 'character'; readonly major: number; readonly minor: number }
    | { readonly type: 'fifo' }
  )
