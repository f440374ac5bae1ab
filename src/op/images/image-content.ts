import { type ContentSource, fetchAll, oneChunk } from '@tsbuild/content'
import {
  type Descriptor,
  type Digest,
  findManifest,
  formatPlatform,
  type ImageConfig,
  type ImageManifest,
  OciError,
  parseImageConfig,
  parseIndex,
  parseManifest,
  type Platform,
} from '@tsbuild/oci'
import { RegistryError, Repository } from '@tsbuild/registry'
import type { LayerStore } from '../../layer/layer-store.ts'
import { onceAtATime } from '../../solve/once.ts'
import { ImageError } from './image-error.ts'

/** The documents of one image for one platform. */
export interface ImageDocuments {
  /** Of the platform's manifest. */
  readonly descriptor: Descriptor
  readonly manifest: ImageManifest
  readonly config: ImageConfig
}

const maximumDocument = 4 << 20

/**
 * Reads the documents of an image, each from the store if possible, else from `source`, and keeps
 * them. An index is followed to the manifest for `platform`. Rejects with `PLATFORM_NOT_FOUND` if
 * it has no such manifest.
 */
export async function readImage(
  root: Descriptor,
  {
    store,
    source,
    platform,
    name,
  }: { readonly store: LayerStore; readonly source: ContentSource; readonly platform: Platform; readonly name: string },
): Promise<ImageDocuments> {
  const read = (descriptor: Descriptor): Promise<Uint8Array> => readThrough(descriptor, store, source)
  const parse = documentParser(name, source)
  const seen: Descriptor[] = []
  const descriptor = await findManifest(root, platform, async (index) => {
    const { manifests } = parse(parseIndex, await read(index))
    seen.push(...manifests)
    return manifests
  })
  if (descriptor === undefined) throw noPlatform(name, platform, seen)
  const manifest = parse(parseManifest, await read(descriptor))
  const config = parse(parseImageConfig, await read(manifest.config))
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    throw new ImageError(
      'IMAGE_INVALID',
      `image "${name}" has ${manifest.layers.length} layers, but its config names ${config.rootfs.diff_ids.length}`,
    )
  }
  return { descriptor, manifest, config }
}

/**
 * Parses documents of an image. An error names the image, and has the registry as cause if the
 * image comes from one.
 */
function documentParser(
  image: string,
  source: ContentSource,
): <T>(read: (bytes: Uint8Array) => T, bytes: Uint8Array) => T {
  return (read, bytes) => {
    try {
      return read(bytes)
    } catch (error) {
      if (!(error instanceof OciError)) throw error
      const { message } = error
      const cause =
        source instanceof Repository ? new RegistryError('REGISTRY_WRONG_CONTENT', message, { cause: error }) : error
      throw new ImageError('IMAGE_INVALID', `image "${image}" is damaged: ${message}`, {
        cause,
        hint: 'push or build the image again',
      })
    }
  }
}

/** Documents on their way from a source. */
const arriving = new WeakMap<ContentSource, Map<Digest, Promise<Uint8Array>>>()

/** Platforms that need one document at the same time share its request. */
function readThrough(descriptor: Descriptor, store: LayerStore, source: ContentSource): Promise<Uint8Array> {
  const { digest } = descriptor
  const documents = arriving.get(source) ?? new Map<Digest, Promise<Uint8Array>>()
  arriving.set(source, documents)
  return onceAtATime(documents, digest, () => readOnce(descriptor, store, source))
}

async function readOnce(descriptor: Descriptor, store: LayerStore, source: ContentSource): Promise<Uint8Array> {
  if (await store.blobs.has(descriptor)) return fetchAll(store.blobs, descriptor, maximumDocument)
  const bytes = await fetchAll(source, descriptor, maximumDocument)
  await store.blobs.put(descriptor, oneChunk(bytes))
  return bytes
}

function noPlatform(name: string, platform: Platform, manifests: readonly Descriptor[]): ImageError {
  const offered = manifests.flatMap((manifest) =>
    manifest.platform && manifest.platform.os !== 'unknown' ? [formatPlatform(manifest.platform)] : [],
  )
  const hint = offered.length === 0 ? 'the index names no platform' : `it has ${[...new Set(offered)].join(', ')}`
  return new ImageError('PLATFORM_NOT_FOUND', `image "${name}" has no manifest for ${formatPlatform(platform)}`, {
    hint,
  })
}
