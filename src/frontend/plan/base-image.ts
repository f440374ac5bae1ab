import type { Digest, ImageConfig, Platform } from '@tsbuild/oci'

/** Facts about an image that lowering needs; no layer is read. */
export interface ResolvedImage {
  /** Normalised, without digest. */
  readonly reference: string
  /** Digest of the manifest for the platform. */
  readonly digest: Digest
  /** Platform in the config of the image. */
  readonly platform: Platform
  readonly config: ImageConfig
  /**
   * Requested name, with its digest where it has one, and the kind of its document: an index, or
   * the manifest.
   */
  readonly found?: { readonly reference: string; readonly digest: Digest }
  /** Directory of the OCI layout it was found in; absent for a registry or the local store. */
  readonly layout?: string
  /** Named context that `layout` was given as. */
  readonly context?: string
  /** The image could not be asked and `config` is made up: what depends on it is not judged. */
  readonly assumed?: true
}

/** Finds images for FROM, COPY --from and mounts. Asks once per name, platform and build. */
export interface BaseImageResolver {
  /** `reference` is normalised; `layout` names an OCI layout directory instead of a registry. */
  resolve(request: {
    readonly reference: string
    readonly platform: Platform
    readonly layout?: string
  }): Promise<ResolvedImage>
}
