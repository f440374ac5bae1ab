import type { LayerCompression } from '../layer/estargz-layer.ts'

/** Options of every output with dates. */
export interface DatedOutputOptions {
  /** Seconds, in place of the build's SOURCE_DATE_EPOCH; `none`: files keep their dates. */
  readonly sourceDateEpoch?: number | 'none'
}

/** Options of every image-like output. */
export interface ImageOutputOptions extends DatedOutputOptions {
  readonly compression?: LayerCompression
  /** Also re-compress base layers. */
  readonly forceCompression?: boolean
  /** Layers of base images that are not to be pushed (`foreign`, `nondistributable`) stay so. */
  readonly preferNondistLayers?: boolean
  /** OCI media types; false writes Docker's. Default true. */
  readonly ociMediaTypes?: boolean
  /** No file of a new layer is later than SOURCE_DATE_EPOCH. Default true. */
  readonly rewriteTimestamp?: boolean
  /**
   * Attestations are in the index of the image, which then also a single platform has. Default:
   * beside the image, referring to it.
   */
  readonly attestationInline?: boolean
  /**
   * Attestation manifests are OCI artifacts; false dresses them as images, which only an index can
   * lead to. Default true.
   */
  readonly ociArtifact?: boolean
  /**
   * Annotation keys as buildx spells them without the `annotation` prefix's value part: `{
   * 'annotation.org.x': 'y', 'annotation-index.a': 'b' }`.
   */
  readonly annotations?: Readonly<Record<string, string>>
}

/** Options of every output of files. */
export interface FileOutputOptions extends DatedOutputOptions {
  /** A folder for each platform. Default: where there are several. */
  readonly platformSplit?: boolean
  /** Put before the names of attestation files. */
  readonly attestationPrefix?: string
}

/** Destination of a built image. `dest: '-'` is standard output. */
export type Output =
  | ({
      readonly kind: 'oci' | 'docker'
      readonly dest: string
      readonly tar: boolean
      readonly names: readonly string[]
    } & ImageOutputOptions)
  | ({
      readonly kind: 'image'
      readonly names: readonly string[]
      readonly push: boolean
      readonly pushByDigest: boolean
      readonly insecure: boolean
      /** Keep it in the local store. */
      readonly store: boolean
      /** There also as `name@digest`. */
      readonly nameCanonical?: boolean
      /** A further name: this repository, at the digest. */
      readonly danglingPrefix?: string
    } & ImageOutputOptions)
  | ({ readonly kind: 'local'; readonly dest: string; readonly mode: 'copy' | 'delete' } & FileOutputOptions)
  | ({ readonly kind: 'tar'; readonly dest: string } & FileOutputOptions)
  | { readonly kind: 'cacheonly' }
