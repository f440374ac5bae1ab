import type { Digest } from '@tsbuild/oci'

/** Types of objects in a store, in the order of `tsbuild du`. */
export const objectTypes = [
  'image',
  'layer',
  'unpacked',
  'rootfs',
  'index',
  'record',
  'mount',
  'source',
  'context',
  'temporary',
] as const

/**
 * Type of an object of the store: a named `image`; a `layer` or document that belongs to none; a
 * layer `unpacked` for RUN; a `rootfs` that waits for the next RUN; an `index` of a layer's files;
 * a cache `record`; a cache `mount`; a `source` (download or checkout); file digests of a
 * `context`; `temporary` files.
 */
export type ObjectType = (typeof objectTypes)[number]

/**
 * `named`: needed by an image with a name. `in-use`: used since the oldest running build began.
 * `unused`: free to remove.
 */
export type ObjectState = 'named' | 'in-use' | 'unused'

/** Something in the store that takes room. */
export interface StoredObject {
  readonly type: ObjectType
  /** Digest, or name within its type. */
  readonly id: string
  /** Bytes on disk that no object before it in the list has. */
  readonly size: number
  /** RFC 3339. */
  readonly lastUsed: string
  readonly state: ObjectState
  /** Names of an image. */
  readonly names?: readonly string[]
}

/** An object as the store's own code sees it. */
export interface ObjectOnDisk {
  readonly type: ObjectType
  readonly id: string
  readonly path: string
  readonly size: number
  /** Milliseconds since 1970. */
  readonly used: number
  readonly state: ObjectState
  readonly isDirectory: boolean
  readonly owner: number
  /** Of an image: its names, and the digests of all it needs. */
  readonly image?: { readonly names: readonly string[]; readonly digests: ReadonlySet<Digest> }
}

/** The public view of an object. */
export function publicObject({ type, id, size, used, state, image }: ObjectOnDisk): StoredObject {
  const lastUsed = new Date(used).toISOString()
  return { type, id, size, lastUsed, state, ...(image && { names: image.names }) }
}
