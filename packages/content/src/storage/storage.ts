import type { Descriptor, Digest, DigestAlgorithm } from '@tsbuild/oci'

/** A stream of bytes. Node and web streams are such iterables already. */
export type Bytes = AsyncIterable<Uint8Array>

/** Anywhere content can be read from by descriptor. */
export interface ContentSource {
  /** True when `open` would find the content. */
  has(target: Descriptor): Promise<boolean>
  /**
   * Opens the bytes. The stream throws `ContentError` `DIGEST_MISMATCH` or `SIZE_MISMATCH` at its
   * end when the bytes do not match the descriptor. `open` rejects with `NOT_FOUND` when the
   * content does not exist.
   */
  open(target: Descriptor, signal?: AbortSignal): Promise<Bytes>
}

/** A source that can be written. */
export interface ContentTarget extends ContentSource {
  /** Success means that the verified content is stored, not that this call stored it. */
  put(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void>
  /**
   * Adopts content of `from` without moving bytes, if the target can. If it cannot, resolves with
   * false: use `put`.
   */
  adopt?(expected: Descriptor, from: ContentSource): Promise<boolean>
}

/** A target that also accepts content with an unknown digest. */
export interface ContentIngester {
  /** Stores the stream under the digest it turns out to have, of `sha256` unless named. */
  ingest(
    content: Bytes,
    signal?: AbortSignal,
    algorithm?: DigestAlgorithm,
  ): Promise<{ readonly digest: Digest; readonly size: number }>
}

/** Mutable names for immutable content: look-up. */
export interface TagResolver {
  /** The descriptor of `reference`. Rejects with `NOT_FOUND`. */
  resolve(reference: string): Promise<Descriptor>
}

/** Mutable names for immutable content: change. */
export interface Tagger {
  /** `source` has the manifest, in case the target has to read it. Default: the target. */
  tag(target: Descriptor, reference: string, source?: ContentSource): Promise<void>
}

/**
 * Knows which manifests refer to others (image-spec, `subject`), which no path from the others
 * shows.
 */
export interface Referrers {
  /** Manifests that refer to another manifest. */
  referrers(subject: Digest): Promise<readonly Descriptor[]>
  /** Adds a stored manifest to the referrers of its subject. */
  refer(referrer: Descriptor): Promise<void>
}
