import type { Descriptor, ImageConfig, Platform } from '@tsbuild/oci'

/** An image of the local store: a manifest, or an index of several. */
export interface StoredImage {
  /** Full references that point at it, sorted; empty for an image that lost its names. */
  readonly names: readonly string[]
  readonly descriptor: Descriptor
  /** Bytes of everything it needs, blobs counted once. */
  readonly size: number
  /** RFC 3339, from the config. */
  readonly created?: string
  /** In the order of the index. */
  readonly platforms: readonly Platform[]
}

/** The documents of an image for one platform. */
export interface StoredDocuments {
  readonly descriptor: Descriptor
  /** The manifest or index as it is stored. */
  readonly raw: Uint8Array
  /** Layers of the platform's manifest, oldest first. */
  readonly layers: readonly Descriptor[]
  /** Absent when the index holds nothing for the platform. */
  readonly config?: ImageConfig
}
