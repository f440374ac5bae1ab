import type { Compression } from '@tsbuild/content'

/** What every image-like output can be asked for. */
export interface ImageOutputOptions {
  readonly compression?: Compression
  /** Also re-compress base layers. */
  readonly forceCompression?: boolean
  /** OCI media types; false writes Docker's. Default true. */
  readonly ociMediaTypes?: boolean
  /** Clamp file times of new layers to SOURCE_DATE_EPOCH. */
  readonly rewriteTimestamp?: boolean
  /** Annotation keys as buildx spells them without the `annotation` prefix's value part: `{ 'annotation.org.x': 'y', 'annotation-index.a': 'b' }`. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** What consumes a built image. `dest: '-'` is standard output. */
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
  | { readonly kind: 'local'; readonly dest: string; readonly platformSplit?: boolean; readonly mode: 'copy' | 'delete' }
  | { readonly kind: 'tar'; readonly dest: string; readonly platformSplit?: boolean }
  | { readonly kind: 'cacheonly' }
