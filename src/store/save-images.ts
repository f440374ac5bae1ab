import { type Bytes, type ContentSource, type CopyOptions, fetchAll } from '@tsbuild/content'
import {
  type Descriptor,
  type Digest,
  familiarReference,
  isIndexType,
  mediaTypes,
  parseManifest,
  parseReference,
} from '@tsbuild/oci'
import { type ArchiveDocument, writeArchive } from '../export/archive.ts'
import { layoutEntries } from '../export/oci.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { collectReferrers } from './collect-referrers.ts'
import { StoreNameError } from './store-name-error.ts'
import { findImage, fullName } from './stored-images.ts'
import type { TransferOptions } from './transfer-options.ts'

const maximumDocument = 4 << 20

/** One archive with all the images and their referrers. */
export async function* saveImages(
  store: LayerStore,
  names: readonly string[],
  format: 'oci' | 'docker',
): Bytes & AsyncGenerator<Uint8Array> {
  const images = await namedImages(store, names)
  const roots = images.map(({ descriptor }) => descriptor)
  const referrers = format === 'docker' ? [] : await collectReferrers(roots, store.images)
  yield* writeImages({ images, referrers, content: store.blobs }, format)
}

/**
 * Images as an OCI layout in a tar; for `docker` with the `manifest.json` that `docker load` reads,
 * which has no place for what refers to an image.
 */
export async function* writeImages(
  {
    images,
    referrers,
    content,
  }: {
    readonly images: readonly NamedImage[]
    readonly referrers: readonly Descriptor[]
    readonly content: ContentSource
  },
  format: 'oci' | 'docker',
  { signal, onProgress = () => {} }: Partial<Pick<TransferOptions, 'signal'> & Pick<CopyOptions, 'onProgress'>> = {},
): Bytes & AsyncGenerator<Uint8Array> {
  const added = format === 'docker' ? [] : referrers
  const entries = [...images.flatMap((image) => layoutEntries(image.descriptor, image.names, undefined)), ...added]
  const documents: ArchiveDocument[] = [
    { path: 'index.json', value: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries } },
    { path: 'oci-layout', value: { imageLayoutVersion: '1.0.0' } },
  ]
  if (format === 'docker') {
    const value = await Promise.all(images.map((image) => dockerEntry(content, image)))
    documents.push({ path: 'manifest.json', value })
  }
  yield* writeArchive({
    roots: [...images.map(({ descriptor }) => descriptor), ...added],
    content,
    documents,
    signal: signal ?? new AbortController().signal,
    onProgress,
  })
}

/** An image with the names that an archive gives it. */
export interface NamedImage {
  readonly descriptor: Descriptor
  /** Normalised. */
  readonly names: readonly string[]
  /** Word of the call that named the image first. */
  readonly word: string
}

/**
 * Images that the words of a call mean, each once. Only tags that the call names are kept; other
 * tags of the digest are not.
 */
async function namedImages(store: LayerStore, words: readonly string[]): Promise<readonly NamedImage[]> {
  const images = new Map<Digest, NamedImage>()
  for (const word of words) {
    const { descriptor, names } = await findImage(store, word)
    const full = fullName(word)
    const image = images.get(descriptor.digest) ?? { descriptor, names: [], word }
    const added = names.filter((name) => name === word || name === full)
    images.set(descriptor.digest, { ...image, names: [...new Set([...image.names, ...added])] })
  }
  return [...images.values()]
}

async function dockerEntry(content: ContentSource, { descriptor, names, word }: NamedImage): Promise<unknown> {
  if (isIndexType(descriptor.mediaType)) {
    const hint = 'save it as an OCI archive: --format oci'
    throw new StoreNameError('ARCHIVE_INVALID', `"${word}" is for several platforms, and docker load takes one`, {
      hint,
    })
  }
  const { config, layers } = parseManifest(await fetchAll(content, descriptor, maximumDocument))
  const blobPath = ({ digest }: Descriptor): string => `blobs/${digest.replace(':', '/')}`
  return {
    Config: blobPath(config),
    RepoTags: names.map((name) => familiarReference(parseReference(name))),
    Layers: layers.map(blobPath),
  }
}
