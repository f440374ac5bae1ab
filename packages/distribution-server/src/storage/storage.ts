import type { Bytes } from '@tsbuild/content'
import { type Digest, type DigestAlgorithm } from '@tsbuild/oci'
import type { ByteRange } from '../wire/ranges.ts'

/** Content as a file: complete, verified, never changed in place. */
export interface StoredFile {
  readonly digest: Digest
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** A manifest, as a file, and the media type that it was pushed with. */
export interface StoredManifest extends StoredFile {
  readonly mediaType: string
}

/**
 * Repositories that can be read. Callers pass only names and tags of the grammar. A manifest is
 * found by tag or digest; undefined means that the repository does not have it.
 */
export interface RegistryReader {
  hasRepository(repository: string): Promise<boolean>
  findBlob(repository: string, digest: Digest): Promise<StoredFile | undefined>
  findManifest(repository: string, reference: string): Promise<StoredManifest | undefined>
  /** In the order of their bytes; undefined for an unknown repository. */
  listTags(repository: string): Promise<readonly string[] | undefined>
  /** Manifests whose subject this is, in the order of their digests. */
  listReferrers(repository: string, subject: Digest): Promise<readonly Digest[]>
  /** Names, in the order of their bytes. */
  listRepositories(): Promise<readonly string[]>
}

/** A chunk of an upload. */
export interface Chunk {
  readonly body: Bytes
  /** Place that the client gave for the chunk; it has to follow the bytes stored. */
  readonly range?: ByteRange | undefined
}

/**
 * A blob that is being pushed. Calls of one upload follow each other: a later one ends an earlier
 * one.
 */
export interface Upload {
  readonly id: string
  /** Bytes stored. */
  size(): Promise<number>
  /**
   * Appends a chunk and resolves to the bytes stored. What arrived of a broken chunk stays. Rejects
   * with `WireError` 416 out of order, `SIZE_INVALID` if the chunk is not as long as its range.
   */
  append(chunk: Chunk): Promise<number>
  /**
   * Makes the bytes a blob of the repository, or rejects with `DIGEST_INVALID` and ends the upload.
   */
  finish(digest: Digest): Promise<void>
  cancel(): Promise<void>
}

/** A manifest to be stored, as it was read. */
export interface NewManifest {
  readonly digest: Digest
  readonly bytes: Uint8Array
  readonly mediaType: string
  readonly subject?: Digest | undefined
  /** Content that the repository must have. */
  readonly references: readonly Digest[]
  readonly tags: readonly string[]
}

/** Repositories that can also be changed. Deletions resolve to false for what did not exist. */
export interface RegistryStorage extends RegistryReader {
  /**
   * Rejects with `DENIED` if a quota leaves no room for a byte, or for `wanted` more than the
   * `stored` ones of an upload, and with `SIZE_INVALID` (413) for a blob larger than the quota.
   */
  requireRoom(repository: string, wanted?: number, stored?: number): Promise<void>
  /** The bytes for an upload, or `DENIED` in the place of those beyond a quota. */
  withinQuota(repository: string, upload: Upload, body: Bytes): Bytes
  beginUpload(repository: string, algorithm: DigestAlgorithm): Promise<Upload>
  findUpload(repository: string, id: string): Promise<Upload | undefined>
  /** Adds a blob of one repository to another; false if the first does not have it. */
  mountBlob(digest: Digest, places: { readonly from: string; readonly to: string }): Promise<boolean>
  /** Rejects with `MANIFEST_BLOB_UNKNOWN` and stores nothing if a reference is missing. */
  putManifest(repository: string, manifest: NewManifest): Promise<void>
  deleteTag(repository: string, tag: string): Promise<boolean>
  /** With its tags. */
  deleteManifest(repository: string, digest: Digest): Promise<boolean>
  deleteBlob(repository: string, digest: Digest): Promise<boolean>
  /** Ends the work of this object in the background, such as the removal of idle uploads. */
  close(): Promise<void>
}
