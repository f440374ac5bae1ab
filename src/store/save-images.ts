import { type Bytes, fetchAll } from '@tsbuild/content'
import { type Descriptor, familiarReference, isIndexType, mediaTypes, parseManifest, parseReference } from '@tsbuild/oci'
import { type ArchiveDocument, writeArchive } from '../export/archive.ts'
import { layoutEntries } from '../export/oci.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { referrersOf } from './referrers-of.ts'
import { StoreNameError } from './store-name-error.ts'
import { findImage } from './stored-images.ts'

const maximumDocument = 4 << 20

/** One archive with all the images: an OCI layout, for `docker` with the `manifest.json` that `docker load` reads. */
export async function* saveImages(
  store: LayerStore,
  names: readonly string[],
  format: 'oci' | 'docker',
): Bytes & AsyncGenerator<Uint8Array> {
  const images = await Promise.all(names.map(async (name) => ({ name, image: await findImage(store, name) })))
  // What docker loads has no place for what refers to an image.
  const referrers =
    format === 'docker'
      ? []
      : await referrersOf(
          images.map(({ image }) => image.descriptor),
          store.images,
        )
  const entries = [...images.flatMap(({ image }) => layoutEntries(image.descriptor, image.names, undefined)), ...referrers]
  const documents: ArchiveDocument[] = [
    { path: 'index.json', value: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries } },
    { path: 'oci-layout', value: { imageLayoutVersion: '1.0.0' } },
  ]
  if (format === 'docker') {
    const value = await Promise.all(images.map(({ name, image }) => dockerEntry(store, name, image)))
    documents.push({ path: 'manifest.json', value })
  }
  yield* writeArchive({
    roots: [...images.map(({ image }) => image.descriptor), ...referrers],
    content: store.blobs,
    documents,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
}

async function dockerEntry(
  store: LayerStore,
  name: string,
  { descriptor, names }: { readonly descriptor: Descriptor; readonly names: readonly string[] },
): Promise<unknown> {
  if (isIndexType(descriptor.mediaType)) {
    const hint = 'save it as an OCI archive: --format oci'
    throw new StoreNameError('ARCHIVE_INVALID', `"${name}" is for several platforms, and docker load takes one`, { hint })
  }
  const { config, layers } = parseManifest(await fetchAll(store.blobs, descriptor, maximumDocument))
  const pathOf = ({ digest }: Descriptor): string => `blobs/${digest.replace(':', '/')}`
  return { Config: pathOf(config), RepoTags: names.map((name) => familiarReference(parseReference(name))), Layers: layers.map(pathOf) }
}
