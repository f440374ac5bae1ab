import type { MountOwner } from './mount-manifest.ts'

/** The directory of a cache mount in the store. */
export interface CacheDirectory {
  /** As a Dockerfile names the mount. */
  readonly id: string
  /** Name of the directory: 32 hex digits that id, seed, owner and mode decide. */
  readonly name: string
  /** Path. */
  readonly directory: string
  /** Owner and mode of a new directory. */
  readonly owner: MountOwner
  readonly sharing: 'shared' | 'private' | 'locked'
}
