import type { Descriptor } from '@tsbuild/oci'
import type { MountOwner } from '../../mounts/mount-manifest.ts'

/** A cache mount to make from a manifest and packs. */
export interface UnpackMount {
  /** Path of the mount, which does not exist yet. */
  readonly directory: string
  /** A directory of blobs that has the manifest and all packs. */
  readonly blobs: string
  readonly manifest: Descriptor
}

/** A cache mount to describe by a manifest and packs. */
export interface PackMount {
  readonly directory: string
  /** Owner and mode of the mount. */
  readonly owner: MountOwner
  /** A directory of blobs that takes what is new. */
  readonly blobs: string
  /** Manifest of an earlier state, in the blobs; its packs can be used again. */
  readonly previous?: Descriptor
  /** Bytes of files; those used longest ago are left out. */
  readonly maxSize: number
}
