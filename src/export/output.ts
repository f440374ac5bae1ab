import type { Annotations } from '../image/annotations.ts'
import type { ArchiveReader } from './hand-over.ts'
import type { LayerCompression } from '../layer/estargz-layer.ts'

/** Options of every output with dates. */
export interface DatedOutputOptions {
  /**
   * Seconds since 1970, in place of the build's SOURCE_DATE_EPOCH; `none`: files keep their dates.
   */
  readonly sourceDateEpoch?: number | 'none'
}

/** Options of every image-like output. */
export interface ImageOutputOptions extends DatedOutputOptions {
  /** Compression of new layers. Default: `{ type: 'gzip' }`. */
  readonly compression?: LayerCompression
  /** Also re-compress layers of base images. Default: false. */
  readonly forceCompression?: boolean
  /**
   * Layers of base images that are not to be pushed (`foreign`, `nondistributable`) stay so.
   * Default: false.
   */
  readonly preferNondistLayers?: boolean
  /** OCI media types; false writes Docker's. Default: true. */
  readonly ociMediaTypes?: boolean
  /** No file of a new layer is later than SOURCE_DATE_EPOCH. Default: true. */
  readonly rewriteTimestamp?: boolean
  /**
   * Put attestations into the index of the image, which then also a single platform has. Default:
   * false, beside the image and referring to it.
   */
  readonly attestationInline?: boolean
  /**
   * Attestation manifests are OCI artifacts; false dresses them as images, which only an index can
   * lead to. Default: true.
   */
  readonly ociArtifact?: boolean
  /** Annotations of this output alone. Those of the build replace them. */
  readonly annotations?: Annotations
}

/** Options of every output of files. */
export interface FileOutputOptions extends DatedOutputOptions {
  /** A folder for each platform. Default: true for several platforms. */
  readonly platformSplit?: boolean
  /** Prefix of the names of attestation files. Default: empty. */
  readonly attestationPrefix?: string
}

/** An image in an archive, or in a directory as an OCI layout. */
export interface ArchiveOutput extends ImageOutputOptions {
  /** `oci`: an OCI image layout. `docker`: an archive that `docker load` and `podman load` read. */
  readonly kind: 'oci' | 'docker'
  /**
   * File, or directory with `tar: false`; `-` is standard output. A function reads the archive.
   *
   * @example (archive) => pipeline(archive, response)
   */
  readonly dest: string | ArchiveReader
  /** One tar archive; false writes a layout into a directory. Default: true. */
  readonly tar?: boolean
  /** Names of the image in the archive. Default: `tags` of the build. */
  readonly names?: readonly string[]
}

/** An image in the local store, in registries, or both. */
export interface ImageOutput extends ImageOutputOptions {
  readonly kind: 'image'
  /** Names of the image. Default: `tags` of the build. */
  readonly names?: readonly string[]
  /** Push to the registries of the names. Default: `push` of the build. */
  readonly push?: boolean
  /** Push without a tag; the names must have none. Default: false. */
  readonly pushByDigest?: boolean
  /** Allow plain HTTP or unverified TLS for these registries. Default: false. */
  readonly insecure?: boolean
  /**
   * Keep the image in the local store. Default: true, unless it is pushed and layers of it are not
   * on this machine.
   */
  readonly store?: boolean
  /** Also name it `name@digest` in the local store. Default: false. */
  readonly nameCanonical?: boolean
  /** A further name: this repository, at the digest. */
  readonly danglingPrefix?: string
}

/** Files of the result in a directory. */
export interface LocalOutput extends FileOutputOptions {
  readonly kind: 'local'
  /** Directory; made if missing. */
  readonly dest: string
  /** `delete` removes files that are not part of the result. Default: `copy`. */
  readonly mode?: 'copy' | 'delete'
}

/** Files of the result in one tar archive, owners included. */
export interface TarOutput extends FileOutputOptions {
  readonly kind: 'tar'
  /** File; `-` is standard output. A function reads the archive. */
  readonly dest: string | ArchiveReader
}

/** No result: only the cache is filled. */
export interface CacheOnlyOutput {
  readonly kind: 'cacheonly'
}

/** Destination of a result. */
export type Output = ArchiveOutput | ImageOutput | LocalOutput | TarOutput | CacheOnlyOutput

/** `O` with a value for each of these members. */
type Settled<O, K extends keyof O> = Omit<O, K> & Required<Pick<O, K>>

/** Destination of an archive whose defaults are filled in. */
export type SettledArchive = Settled<ArchiveOutput, 'tar' | 'names'>

/** Destination of an image whose defaults are filled in. */
export type SettledImage = Settled<ImageOutput, 'names' | 'push' | 'pushByDigest' | 'insecure'>

/** Destination of a result whose defaults are filled in. */
export type SettledOutput = SettledArchive | SettledImage | Settled<LocalOutput, 'mode'> | TarOutput | CacheOnlyOutput
