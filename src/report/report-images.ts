import { leased, openParts, type StoreOptions } from '../store/open-store.ts'
import { formatPlace, type ImageEndpoint } from '../store/places/place.ts'
import { compareImages as compareOpened } from './compare/compare-images.ts'
import { describeImage as describeOpened } from './image/describe-image.ts'
import { type ImageAccess, openLayers } from './image/open-layers.ts'
import type { ImageComparison } from './model/comparison.ts'
import type { ImageReport } from './model/image-report.ts'

/** An image to describe or compare. */
export interface ImageChoice {
  readonly place: ImageEndpoint
  /** For people. Default: the reference, the directory or the file. */
  readonly name?: string
}

/** Options of reports about images. */
export interface ImageReportOptions extends StoreOptions {
  /** Image of an index, such as `linux/arm64`. Default: that of this machine, else the first. */
  readonly platform?: string
  /** Registries may use plain HTTP or unverified TLS. Default: false. */
  readonly insecure?: boolean
}

/** Options of a comparison. */
export interface CompareOptions extends ImageReportOptions {
  /** Times of modification and creation count. Default: false. */
  readonly times?: boolean
}

/**
 * Compares the file systems, settings and packages of two images. Layers that are not in the store
 * are fetched into it.
 *
 * @example
 * const { files } = await compareImages(
 *   { place: { kind: 'store', reference: 'app:1' } },
 *   { place: { kind: 'store', reference: 'app:2' } },
 * )
 */
export async function compareImages(
  from: ImageChoice,
  to: ImageChoice,
  options: CompareOptions = {},
): Promise<ImageComparison> {
  const { times = false, signal = new AbortController().signal } = options
  return withAccess(options, async (access) => {
    await using before = await openLayers(from.place, access)
    await using after = await openLayers(to.place, access)
    return await compareOpened(
      { name: nameOf(from), image: before },
      { name: nameOf(to), image: after },
      { times, signal },
    )
  })
}

/**
 * Describes an image: layers, files, packages and settings. Layers that are not in the store are
 * fetched into it.
 *
 * @example
 * const { hidden } = await describeImage({ place: { kind: 'store', reference: 'app:1' } })
 * console.log(`${hidden.size} bytes in no container`)
 */
export async function describeImage(choice: ImageChoice, options: ImageReportOptions = {}): Promise<ImageReport> {
  const { signal = new AbortController().signal } = options
  return withAccess(options, async (access) => {
    await using image = await openLayers(choice.place, access)
    return await describeOpened({ name: nameOf(choice), image }, { signal })
  })
}

async function withAccess<T>(options: ImageReportOptions, action: (access: ImageAccess) => Promise<T>): Promise<T> {
  const { platform, insecure = false, ...store } = options
  const { signal = new AbortController().signal } = options
  const parts = await openParts(store)
  await using _sources = parts.sources
  const access = { ...parts, insecure, signal, ...(platform !== undefined && { platform }) }
  return await leased(parts.store, () => action(access))
}

function nameOf({ name, place }: ImageChoice): string {
  return name ?? formatPlace(place)
}
