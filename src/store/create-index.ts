import { fetchAll, oneChunk } from '@tsbuild/content'
import {
  type Descriptor,
  digestOf,
  encodeIndex,
  isIndexType,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from '@tsbuild/oci'
import { copyImage } from './copy-image.ts'
import type { PlaceParts } from './places/image-source.ts'
import { findImage, fullName } from './stored-images.ts'
import type { TransferOptions } from './transfer-options.ts'

const maximumDocument = 4 << 20

/**
 * Makes an index of the manifests of several images, fetching those the store does not have, and
 * names it.
 */
export async function createIndex(
  parts: PlaceParts,
  request: {
    readonly name: string
    readonly sources: readonly string[]
    readonly annotations: Readonly<Record<string, string>>
  },
  options: TransferOptions,
): Promise<{ readonly digest: Descriptor['digest']; readonly size: number }> {
  const { store } = parts
  const manifests: Descriptor[] = []
  for (const name of request.sources)
    for (const manifest of await readManifests(name, parts, options)) manifests.push(manifest)
  const annotations = Object.keys(request.annotations).length === 0 ? {} : { annotations: request.annotations }
  const bytes = encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, ...annotations })
  const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length }
  await store.blobs.put(descriptor, oneChunk(bytes))
  await store.images.tag(descriptor, fullName(request.name) ?? request.name)
  return { digest: descriptor.digest, size: descriptor.size }
}

/** The manifests of an image with their platforms: those of its index, or the one it is. */
async function readManifests(
  name: string,
  parts: PlaceParts,
  options: TransferOptions,
): Promise<readonly Descriptor[]> {
  const { store } = parts
  const root = await findImage(store, name).then(
    ({ descriptor }) => descriptor,
    () =>
      copyImage(
        parts,
        { from: { kind: 'registry', reference: name }, to: [{ kind: 'store', reference: name }] },
        options,
      ),
  )
  if (isIndexType(root.mediaType)) return parseIndex(await fetchAll(store.blobs, root, maximumDocument)).manifests
  const { config } = parseManifest(await fetchAll(store.blobs, root, maximumDocument))
  const { os, architecture, variant } = parseImageConfig(await fetchAll(store.blobs, config, maximumDocument))
  const platform = { os, architecture, ...(variant !== undefined && { variant }) }
  return [{ mediaType: root.mediaType, digest: root.digest, size: root.size, platform }]
}
