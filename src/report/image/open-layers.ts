import { rm } from 'node:fs/promises'
import { fetchAll } from '@tsbuild/content'
import {
  type Descriptor,
  formatPlatform,
  type ImageConfig,
  isForeignLayerType,
  isLayerType,
  parseImageConfig,
  parseManifest,
} from '@tsbuild/oci'
import type { Layer } from '../../layer/layer.ts'
import { LayerStore } from '../../layer/layer-store.ts'
import { type ImageSource, openSource, type PlaceParts } from '../../store/places/image-source.ts'
import type { ImageEndpoint } from '../../store/places/place.ts'
import { selectManifest } from '../../store/places/select-manifest.ts'
import { makeTemporaryDirectory } from '../../store/places/temporary-directory.ts'
import { StoreNameError } from '../../store/store-name-error.ts'

const maximumDocument = 4 << 20

/** The image of one platform, its layers in a store. */
export interface LayeredImage {
  /** Of the manifest. */
  readonly descriptor: Descriptor
  /** `os/arch[/variant]`. */
  readonly platform: string
  readonly config: ImageConfig
  /** The lowest first, with their descriptors in the manifest. */
  readonly layers: readonly { readonly descriptor: Descriptor; readonly layer: Layer }[]
}

/** An image whose layers can be read until it is disposed. */
export interface OpenedImage extends LayeredImage, AsyncDisposable {}

/** Access to images. */
export interface ImageAccess extends PlaceParts {
  /** Plain HTTP or unverified TLS is fine. */
  readonly insecure: boolean
  readonly signal: AbortSignal
  /** Image of an index. Default: that of this machine, else the first. */
  readonly platform?: string
}

/**
 * Opens an image. Layers that are not in the store are fetched into it, as base images of builds
 * are; those of archives, of skopeo, or beside a store that can only be read, into a temporary
 * store. Rejects as `openSource` does, and with `NOT_FOUND` for an image without file-system
 * layers.
 */
export async function openLayers(place: ImageEndpoint, access: ImageAccess): Promise<OpenedImage> {
  await using opening = new AsyncDisposableStack()
  const source = opening.use(await openSource(place, access, access))
  const isTemporary = place.kind === 'archive' || place.kind === 'skopeo' || access.store.refusal !== undefined
  const store = isTemporary ? await openTemporary(access.store, opening) : access.store
  const image = await readLayers(source, { store, platform: access.platform })
  const open = opening.move()
  return { ...image, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** A store beside the other one, where parts of an archive move into it by a hard link. */
async function openTemporary(store: LayerStore, opening: AsyncDisposableStack): Promise<LayerStore> {
  const directory = await makeTemporaryDirectory(store, 'image')
  opening.defer(() => rm(directory, { recursive: true, force: true }))
  return LayerStore.open(directory, undefined, { durable: false })
}

async function readLayers(
  { descriptor: root, content }: ImageSource,
  { store, platform }: { readonly store: LayerStore; readonly platform: string | undefined },
): Promise<LayeredImage> {
  const descriptor = await selectManifest(root, content, platform)
  const manifest = parseManifest(await fetchAll(content, descriptor, maximumDocument))
  const config = parseImageConfig(await fetchAll(content, manifest.config, maximumDocument))
  const diffIds = config.rootfs.diff_ids
  if (diffIds.length !== manifest.layers.length || !manifest.layers.every(({ mediaType }) => isLayerType(mediaType)))
    throw new StoreNameError('NOT_FOUND', `${descriptor.digest} is not an image with file-system layers`)
  const layers: LayeredImage['layers'][number][] = []
  for (const [index, diffId] of diffIds.entries()) {
    const layer = manifest.layers[index]
    if (layer === undefined) continue
    if (isForeignLayerType(layer.mediaType))
      throw new StoreNameError('NOT_FOUND', `layer ${layer.digest} is published elsewhere and cannot be read`)
    layers.push({ descriptor: layer, layer: await store.adopt(diffId, layer, content) })
  }
  return { descriptor, platform: formatPlatform(config), config, layers }
}
