import type { Digest } from '@tsbuild/oci'

/** An image that is compared. */
export interface ComparedImage {
  /** As the caller named it. */
  readonly name: string
  /** Digest of the manifest. */
  readonly digest: Digest
  /** `os/arch[/variant]`. */
  readonly platform: string
  /** Bytes of the regular files in its file system. */
  readonly size: number
  /** Regular files in its file system. */
  readonly files: number
}

/** Part of an entry that can differ. */
export type ChangedAspect = 'type' | 'content' | 'target' | 'device' | 'mode' | 'owner' | 'attributes' | 'time'

/** One side of a path that differs. */
export interface ComparedEntry {
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'fifo'
  /** Permission bits: 0–07777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Seconds since 1970. */
  readonly mtime: number
  /** Bytes of a file. */
  readonly size?: number
  /** Of a file. */
  readonly digest?: Digest
  /** Of a link. */
  readonly target?: string
}

/** One path that differs. */
export interface FileChange {
  /**
   * Without a leading slash; `''` is the root directory. Bytes that are not UTF-8 are U+DC80 to
   * U+DCFF.
   */
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed'
  /** Differing parts of a path that both images have; empty for others. */
  readonly aspects: readonly ChangedAspect[]
  readonly before?: ComparedEntry
  readonly after?: ComparedEntry
}

/** One setting that differs. `before` or `after` is absent where an image lacks it. */
export interface ConfigChange {
  /** Such as `Env PATH`, `Labels org.example.key` or `Cmd`. */
  readonly name: string
  readonly before?: string
  readonly after?: string
}

/** A package that differs. `before` or `after` is the version, absent where an image lacks it. */
export interface PackageChange {
  /** Ecosystem, such as `deb` or `npm`. */
  readonly type: string
  readonly name: string
  readonly before?: string
  readonly after?: string
}

/** Number of paths and sum of the bytes of their files. */
export interface FileSum {
  readonly count: number
  readonly size: number
}

/** Differences between the file systems and settings of two images. */
export interface ImageComparison {
  readonly formatVersion: 1
  readonly from: ComparedImage
  readonly to: ComparedImage
  readonly isEqual: boolean
  readonly config: readonly ConfigChange[]
  /** In the order of paths. */
  readonly files: readonly FileChange[]
  /** Over all paths, those left out included. `changed` has the sizes afterwards. */
  readonly sums: { readonly added: FileSum; readonly removed: FileSum; readonly changed: FileSum }
  readonly packages: readonly PackageChange[]
  /** Remarks for people about parts that are left out. */
  readonly notes: readonly string[]
}
