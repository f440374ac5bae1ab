import type { MemoryContent } from '@tsbuild/content'
import { type Descriptor, digestOf, encodeIndex, encodeManifest, mediaTypes, type Platform } from '@tsbuild/oci'
import { TsbuildError } from '@tsbuild/errors'
import { streamOf } from '../../layer/testing/store.ts'
import type { ImageRepository } from '../images/base-images.ts'

/** A repository in memory that records its requests. */
export interface TestRepository extends ImageRepository {
  readonly content: MemoryContent
  /** Requested tags and digests, in order. */
  readonly resolved: string[]
  /** Media types of the contents read, in order. */
  readonly opened: string[]
}

export const amd64: Platform = { os: 'linux', architecture: 'amd64' }
export const arm64: Platform = { os: 'linux', architecture: 'arm64' }

/**
 * Serves `tags` from `content`. It serves the digests of their documents, and of the entries of an
 * index.
 */
export function testRepository(content: MemoryContent, tags: Readonly<Record<string, Descriptor>>): TestRepository {
  const [resolved, opened]: [string[], string[]] = [[], []]
  return {
    content,
    resolved,
    opened,
    resolve: async (name) => {
      resolved.push(name)
      const found = tags[name] ?? Object.values(tags).find(({ digest }) => digest === name)
      if (found === undefined) throw new TsbuildError('NOT_FOUND', `no ${name}`)
      return found
    },
    has: (target) => content.has(target),
    open: (target) => {
      opened.push(target.mediaType)
      return content.open(target)
    },
  }
}

/** Adds an image of one layer without bytes, and returns its manifest. */
export async function putImage(
  content: MemoryContent,
  platform: Platform,
  diffIds: readonly string[] = [digestOf('tar')],
): Promise<Descriptor> {
  const config = await put(
    content,
    mediaTypes.ociConfig,
    JSON.stringify({ ...platform, config: {}, rootfs: { type: 'layers', diff_ids: diffIds } }),
  )
  const layers = [{ mediaType: mediaTypes.ociLayerGzip, digest: digestOf('layer'), size: 5 }]
  const manifest = encodeManifest({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers })
  return { ...(await put(content, mediaTypes.ociManifest, manifest)), platform }
}

/** Puts an index of these manifests. */
export async function putIndex(content: MemoryContent, manifests: readonly Descriptor[]): Promise<Descriptor> {
  return put(content, mediaTypes.ociIndex, encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }))
}

async function put(content: MemoryContent, mediaType: string, data: Uint8Array | string): Promise<Descriptor> {
  const bytes = Buffer.from(data)
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
  await content.put(descriptor, streamOf(bytes))
  return descriptor
}
