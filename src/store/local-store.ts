import type { CreatedIndex, IndexRequest } from './create-index.ts'
import type { Family } from '../image/media-types.ts'
import type { Bytes } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import type { UsageEntry } from './objects/sum-objects.ts'
import type { RegistryImage } from './registry-image.ts'
import type { ObjectFilter } from './objects/object-filter.ts'
import type { CopyEndpoint } from './places/place.ts'
import type { ImageSource } from './places/image-source.ts'
import type { Shipment } from './places/image-target.ts'
import type { PruneRequest, PruneResult } from './objects/prune.ts'
import type { StoredDocuments, StoredImage } from './stored-image.ts'
import type { StoredObject } from './objects/stored-object.ts'
import type { SideAccess, TransferOptions } from './transfer-options.ts'

/** Options of a copy. */
export interface CopyOptions extends Partial<TransferOptions> {
  /** Manifest to pick out of an index, such as `linux/arm64`. Default: all of the index. */
  readonly platform?: string
  /** Also what refers to the image in a registry: attestations, signatures. Default: false. */
  readonly referrers?: boolean
  /** Access to the source, and to the destinations. */
  readonly source?: SideAccess
  readonly destination?: SideAccess
  /** Media types: OCI's, or those of Docker's schema 2. Default: those of the source. */
  readonly format?: Family
}

/**
 * The image store as the commands see it. `name` is a reference as the user typed it, a digest, or
 * the first digits of one that is unique; an unknown one rejects with code `NOT_FOUND`.
 */
export interface LocalStore extends AsyncDisposable {
  /** Newest first. */
  images(): Promise<readonly StoredImage[]>
  resolve(name: string): Promise<StoredImage>
  documents(name: string, platform?: string): Promise<StoredDocuments>
  tag(name: string, reference: string): Promise<void>
  /**
   * Takes the name away, or every name when a digest is given; blobs stay until `prune`. Returns
   * the names taken.
   */
  untag(name: string): Promise<readonly string[]>
  /** Everything that takes room, images first. */
  objects(filter?: ObjectFilter): Promise<readonly StoredObject[]>
  /** The same by type. */
  diskUsage(filter?: ObjectFilter): Promise<readonly UsageEntry[]>
  /**
   * Removes objects that no image needs, least recently used first. Builds may run meanwhile. The
   * objects that they use stay, and they do not wait.
   */
  prune(request?: PruneRequest): Promise<PruneResult>
  /**
   * `platform` picks one manifest out of an index; absent copies all of it. The referrers of the
   * image are copied too, from a registry only with `referrers`. The descriptor is what the
   * destinations point at now.
   */
  copy(from: CopyEndpoint, to: CopyEndpoint | readonly CopyEndpoint[], options?: CopyOptions): Promise<Descriptor>
  /** Finds an image anywhere, to read it there. */
  open(place: CopyEndpoint, options?: Partial<TransferOptions>): Promise<ImageSource>
  /** Stores an image, for example one that was made in memory, in a place. */
  write(image: Shipment, to: CopyEndpoint, options?: Partial<TransferOptions>): Promise<void>
  /** Tags of a repository or layout, at most 100,000. */
  listTags(place: CopyEndpoint, options?: Partial<TransferOptions>): Promise<readonly string[]>
  /**
   * Deletes a manifest of a registry by digest, with all its tags, or a tag. Rejects with
   * `REGISTRY_…`.
   */
  deleteManifest(reference: string, options?: Partial<TransferOptions>): Promise<void>
  /**
   * Copies a stored image and its referrers to the registry in its name. The descriptor is that of
   * the pushed manifest or index.
   */
  push(name: string, options?: Partial<TransferOptions>): Promise<Descriptor>
  /** Documents of an image in a registry; no layer is fetched. */
  inspect(name: string, options?: Partial<TransferOptions> & { readonly statements?: boolean }): Promise<RegistryImage>
  /** Copies an image of a registry into the store, under the same name. */
  pull(name: string, options?: CopyOptions): Promise<Descriptor>
  /** One archive with all the images, in the given format. */
  save(names: readonly string[], format: 'oci' | 'docker'): Bytes
  /**
   * Reads an archive of `save`, `docker save`, or an OCI layout in a tar. Returns the names, or
   * digests of nameless images. `name` is for messages.
   */
  load(archive: Bytes, name: string): Promise<readonly string[]>
  /** Makes an index of the manifests of several images, and writes it under its names. */
  createIndex(request: IndexRequest, options?: Partial<TransferOptions>): Promise<CreatedIndex>
}
