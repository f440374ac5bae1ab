import type { Digest } from '@tsbuild/oci'
import { combineImages } from './combine-images.ts'
import { type ImageSource, openSource, type PlaceParts } from './places/image-source.ts'
import type { CopyEndpoint } from './places/place.ts'
import { writeImage } from './places/write-image.ts'
import { StoreNameError } from './store-name-error.ts'
import type { TransferOptions } from './transfer-options.ts'

/** Request for an index of several images. */
export interface IndexRequest {
  /** Names of the index. */
  readonly names: readonly string[]
  /** Names or digests, in the order of the index. */
  readonly sources: readonly string[]
  readonly annotations: Readonly<Record<string, string>>
  /**
   * Place of the index under its names: this store, which gets all content, or the registries of
   * the names, which get what they lack. `nowhere` only makes it. Default: `store`.
   */
  readonly to?: 'store' | 'registry' | 'nowhere'
  /** Look for sources in registries only. Default: in the store first. */
  readonly fromRegistry?: boolean
}

/** An index that was made. */
export interface CreatedIndex {
  readonly digest: Digest
  readonly size: number
  /** The index, byte by byte. */
  readonly raw: Uint8Array
}

/** Places that an index is written to. */
export function indexPlaces({ names, to = 'store' }: IndexRequest): readonly CopyEndpoint[] {
  return to === 'nowhere' ? [] : names.map((reference) => ({ kind: to, reference }))
}

/** Makes an index of the manifests of several images, and writes it under its names. */
export async function createIndex(
  parts: PlaceParts,
  request: IndexRequest,
  options: TransferOptions,
): Promise<CreatedIndex> {
  const { sources, annotations, fromRegistry = false } = request
  await using opened = new AsyncDisposableStack()
  const images: ImageSource[] = []
  for (const name of sources) images.push(opened.use(await findSource(name, parts, { ...options, fromRegistry })))
  const { descriptor, raw, content } = await combineImages(images, annotations)
  const { digest, size } = descriptor
  const shipment = { descriptor, referrers: [], content }
  for (const place of indexPlaces(request)) await writeImage(shipment, place, { parts, options })
  return { digest, size, raw }
}

/** The image of the store, else that of the registry. */
async function findSource(
  reference: string,
  parts: PlaceParts,
  options: TransferOptions & Required<Pick<IndexRequest, 'fromRegistry'>>,
): Promise<ImageSource> {
  const ofRegistry = (): Promise<ImageSource> => openSource({ kind: 'registry', reference }, parts, options)
  if (options.fromRegistry) return ofRegistry()
  try {
    return await openSource({ kind: 'store', reference }, parts, options)
  } catch (error) {
    if (error instanceof StoreNameError && error.code === 'NOT_FOUND') return ofRegistry()
    throw error
  }
}
