import type { Bytes } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import type { Opened } from '@tsbuild/registry'
import type { VersionedDocuments } from './versioned-documents.ts'

/**
 * Place in an object store for blobs by digest and manifests by name. All methods reject with
 * `BucketError` when the server refuses, and with `RegistryError` when it does not answer.
 */
export interface Bucket {
  /** Size of a stored blob in bytes; undefined when it does not exist. */
  find(blob: Descriptor): Promise<number | undefined>
  /** Bytes of a blob from `offset` on, not verified; undefined when it does not exist. */
  open(blob: Descriptor, offset: number, signal?: AbortSignal): Promise<Opened | undefined>
  /**
   * Stores a blob. `content` throws before its end if it is not that blob; then nothing is stored.
   */
  put(blob: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void>
  /**
   * Manifests that were last written under a name, the preferred one first: several where a store
   * has scopes. Empty before the first.
   */
  readManifests(name: string): Promise<readonly Uint8Array[]>
  /** Replaces the manifest of a name. */
  writeManifest(name: string, bytes: Uint8Array): Promise<void>
  /** Documents beside the manifests; absent where a store has no conditional writes. */
  readonly documents?: VersionedDocuments
}
