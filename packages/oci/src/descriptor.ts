import type { Digest } from './digest.ts'
import type { Platform } from './platform.ts'

/** Names bytes: what they are, their hash and how many they are (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly platform?: Platform
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly urls?: readonly string[]
  /** The content itself, base64, for very small blobs. */
  readonly data?: string
}
