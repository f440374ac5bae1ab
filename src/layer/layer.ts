import type { Compression, ContentSource } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Diff } from '@tsbuild/tree'
import type { LayerOrigin } from './layer-record.ts'

/** One diff of an image. Its faces are computed once, on demand, and remembered in the store. */
export interface Layer {
  /** Identity in cache keys: the diffId of a pulled layer, else the digest of the listing of its diff without times. */
  readonly id: Digest
  /** What it changes. Files can be opened; for a pulled layer this fetches and indexes the blob when the index is not known yet. */
  diff(): Promise<Diff>
  /** Hash of the uncompressed tar. */
  diffId(): Promise<Digest>
  /** The stored bytes, made or fetched into the store when they are not there; any compression will do when none is asked for. */
  blob(compression?: Compression): Promise<Descriptor>
  /** When the step that made it ended, ISO 8601; undefined for a pulled layer. */
  created(): Promise<string | undefined>
  /** Where a pulled layer's bytes can be had without this store, in the form it was published. */
  readonly origin?: LayerOrigin & { readonly source: ContentSource }
}

/** A file-system state: layers, oldest first. */
export type Snapshot = readonly Layer[]
