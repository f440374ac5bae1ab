import type { Compression, ContentSource } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Diff } from '@tsbuild/tree'
import type { LayerOrigin } from './stored/layer-record.ts'

/**
 * One diff of an image. Its representations are computed once, on demand, and kept in the store.
 */
export interface Layer {
  /**
   * Identity in cache keys: the diffId of a pulled layer, else the digest of the listing of its
   * diff without times.
   */
  readonly id: Digest
  /**
   * Its changes. Files can be opened. For a pulled layer without an index, this fetches and indexes
   * the blob.
   */
  diff(): Promise<Diff>
  /** Hash of the uncompressed tar. */
  diffId(): Promise<Digest>
  /**
   * Stored bytes, made or fetched into the store if missing. Without a requested compression, any
   * will do.
   */
  blob(compression?: Compression): Promise<Descriptor>
  /** End of the step that made it, ISO 8601. Undefined for a pulled layer. */
  created(): Promise<string | undefined>
  /** Source of a pulled layer's bytes outside this store, in their published form. */
  readonly origin?: LayerOrigin & { readonly source: ContentSource }
  /**
   * Bytes of a made layer in a cache, not fetched yet. A target in the same place can adopt them
   * there. All other users read them through `blob`.
   */
  readonly carried?: { readonly descriptor: Descriptor; readonly source: ContentSource }
}

/** A file-system state: layers, oldest first. */
export type Snapshot = readonly Layer[]
