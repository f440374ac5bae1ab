import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ContentSource, fetchAll, OciLayout } from '@tsbuild/content'
import {
  type Descriptor,
  formatPlatform,
  hostPlatform,
  type ImageConfig,
  isForeignLayerType,
  isIndexType,
  isLayerType,
  parseImageConfig,
  parseIndex,
  parseManifest,
  parseReference,
  withDefaultTag,
} from '@tsbuild/oci'
import type { ImageSources } from '../../op/images/image-sources.ts'
import type { Layer } from '../../layer/layer.ts'
import { LayerStore } from '../../layer/layer-store.ts'
import { onlyName } from '../../store/places/only-name.ts'
import { loadImages } from '../../store/load-images.ts'
import type { CopyEndpoint } from '../../store/places/place.ts'
import { choose, findImage, wantedPlatform } from '../../store/stored-images.ts'
import { StoreNameError } from '../../store/store-name-error.ts'

const maximumDocument = 4 << 20

type OpenPlace = Exclude<CopyEndpoint, { readonly kind: 'archive' }>

/** A place of an image: one of `copy`, or a file with one image. */
export type ImageEndpoint = OpenPlace | { readonly kind: 'archive'; readonly file: string }

/** The image of one platform, its layers in a store. */
export interface OpenedImage extends AsyncDisposable {
  /** Of the manifest. */
  readonly descriptor: Descriptor
  /** `os/arch[/variant]`. */
  readonly platform: string
  readonly config: ImageConfig
  /** The lowest first, with their descriptors in the manifest. */
  readonly layers: readonly { readonly descriptor: Descriptor; readonly layer: Layer }[]
}

/** Access to images. */
export interface ImageAccess {
  readonly store: LayerStore
  readonly sources: ImageSources
  /** Plain HTTP or unverified TLS is fine. */
  readonly insecure: boolean
  /** Image of an index. Default: that of this machine, else the first. */
  readonly platform?: string
}

/**
 * Opens an image. Layers that are not in the store are fetched into it, as base images of builds
 * are; those of an archive, or beside a store that can only be read, into a temporary store.
 * Rejects with `NOT_FOUND`, `AMBIGUOUS`, and the errors of registries, layouts and archives.
 */
export async function openImage(endpoint: ImageEndpoint, access: ImageAccess): Promise<OpenedImage> {
  if (endpoint.kind !== 'archive' && access.store.refusal === undefined)
    return { ...(await openIn(access.store, endpoint, access)), [Symbol.asyncDispose]: async () => {} }
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-image-'))
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const store = await LayerStore.open(directory)
    return { ...(await openIn(store, endpoint, access)), [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function openIn(
  store: LayerStore,
  endpoint: ImageEndpoint,
  access: ImageAccess,
): Promise<Omit<OpenedImage, typeof Symbol.asyncDispose>> {
  const { content, root } =
    endpoint.kind === 'archive'
      ? { content: store.images, root: await loadOne(store, endpoint.file) }
      : await openSource(endpoint, access)
  return readImage(root, content, { ...access, store })
}

/** The only image of an archive. */
async function loadOne(store: LayerStore, file: string): Promise<Descriptor> {
  const images = await loadImages(store.images, { archive: createReadStream(file), name: `"${file}"` })
  const roots = new Map(images.map(({ descriptor }) => [descriptor.digest, descriptor]))
  const [root] = roots.values()
  if (root !== undefined && roots.size === 1) return root
  const hint = `load it with tsbuild load -i ${file}, and name an image of the store`
  throw new StoreNameError('AMBIGUOUS', `"${file}" has ${roots.size} images: expected one`, { hint })
}

async function openSource(
  endpoint: OpenPlace,
  { store, sources, insecure }: ImageAccess,
): Promise<{ readonly content: ContentSource; readonly root: Descriptor }> {
  switch (endpoint.kind) {
    case 'store':
      return { content: store.images, root: (await findImage(store, endpoint.reference)).descriptor }
    case 'registry': {
      const reference = withDefaultTag(parseReference(endpoint.reference))
      const repository = sources.repository(reference, { insecure })
      return { content: repository, root: await repository.resolve(reference.digest ?? reference.tag ?? 'latest') }
    }
    case 'layout': {
      const layout = await OciLayout.open(endpoint.directory)
      const name = endpoint.tag ?? (await onlyName(layout, endpoint.directory))
      return { content: layout, root: await layout.resolve(name) }
    }
  }
}

async function readImage(
  root: Descriptor,
  content: ContentSource,
  access: ImageAccess,
): Promise<Omit<OpenedImage, typeof Symbol.asyncDispose>> {
  const host = hostPlatform()
  const descriptor = isIndexType(root.mediaType)
    ? choose(
        parseIndex(await fetchAll(content, root, maximumDocument)).manifests,
        wantedPlatform(access.platform, host),
        host,
      )
    : root
  if (descriptor === undefined)
    throw new StoreNameError('NOT_FOUND', `the image has no manifest for ${access.platform ?? formatPlatform(host)}`)
  const manifest = parseManifest(await fetchAll(content, descriptor, maximumDocument))
  const config = parseImageConfig(await fetchAll(content, manifest.config, maximumDocument))
  const diffIds = config.rootfs.diff_ids
  if (diffIds.length !== manifest.layers.length || !manifest.layers.every(({ mediaType }) => isLayerType(mediaType)))
    throw new StoreNameError('NOT_FOUND', `${descriptor.digest} is not an image with file-system layers`)
  const layers: OpenedImage['layers'][number][] = []
  for (const [index, diffId] of diffIds.entries()) {
    const layer = manifest.layers[index]
    if (layer === undefined) continue
    if (isForeignLayerType(layer.mediaType))
      throw new StoreNameError('NOT_FOUND', `layer ${layer.digest} is published elsewhere and cannot be read`)
    layers.push({ descriptor: layer, layer: await access.store.adopt(diffId, layer, content) })
  }
  return { descriptor, platform: formatPlatform(config), config, layers }
}
