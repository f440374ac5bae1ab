import { type ContentSource, OciLayout, type Referrers } from '@tsbuild/content'
import { type Descriptor, formatReference, parseReference, withDefaultTag } from '@tsbuild/oci'
import type { Environment } from '@tsbuild/registry'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { ImageSources } from '../../op/images/image-sources.ts'
import type { ImageEndpoint } from './place.ts'
import { findImage, fullName } from '../stored-images.ts'
import { StoreNameError } from '../store-name-error.ts'
import { openArchive } from './open-archive.ts'
import { onlyName, openSkopeoLayout } from './skopeo.ts'
import type { LoadedImage } from '../load-images.ts'
import type { TransferOptions } from '../transfer-options.ts'

/** The local store and the registries: everything that a place may mean. */
export interface PlaceParts {
  readonly store: LayerStore
  readonly sources: ImageSources
  /**
   * The registries as other variables describe them: credentials, certificates. Closed with
   * `sources`.
   */
  readonly sourcesOf: (env: Environment) => ImageSources
  /** Variables for skopeo. */
  readonly env: NodeJS.ProcessEnv
}

/** The registries as the variables of an action describe them, or as those of the store do. */
export function sourcesFor(
  { sources, sourcesOf }: Pick<PlaceParts, 'sources' | 'sourcesOf'>,
  { env }: Pick<TransferOptions, 'env'>,
): ImageSources {
  return env === undefined ? sources : sourcesOf(env)
}

/** An image and the content it is in. Disposing removes the files of an unpacked archive. */
export interface ImageSource extends AsyncDisposable {
  /** Name as messages and results show it. */
  readonly name: string
  readonly descriptor: Descriptor
  readonly content: ContentSource & Referrers
}

/**
 * Finds an image. Rejects with `NOT_FOUND`, `AMBIGUOUS`, `LAYOUT_INVALID`, `ARCHIVE_INVALID` or an
 * error of the registry.
 */
export async function openSource(
  place: ImageEndpoint,
  parts: PlaceParts,
  options: Pick<TransferOptions, 'insecure' | 'signal' | 'env'>,
): Promise<ImageSource> {
  const { store, env } = parts
  const { insecure, signal } = options
  switch (place.kind) {
    case 'store': {
      const { descriptor, names } = await findImage(store, place.reference)
      return source({ name: names[0] ?? descriptor.digest, descriptor, content: store.images })
    }
    case 'registry': {
      const reference = withDefaultTag(parseReference(place.reference))
      const content = sourcesFor(parts, options).repository(reference, { insecure })
      const descriptor = await content.resolve(reference.digest ?? reference.tag ?? 'latest')
      return source({ name: formatReference(reference), descriptor, content })
    }
    case 'skopeo': {
      await using opening = new AsyncDisposableStack()
      const { layout, fetch } = opening.use(await openSkopeoLayout(store, { env, signal }))
      await fetch(place.reference)
      const descriptor = await layout.resolve(onlyName)
      const open = opening.move()
      return { name: place.reference, descriptor, content: layout, [Symbol.asyncDispose]: () => open.disposeAsync() }
    }
    case 'layout': {
      const content = await OciLayout.open(place.directory)
      const images = (await content.tags()).map(({ reference, descriptor }) => ({ name: reference, descriptor }))
      const roots = images.length > 0 ? images : (await content.roots()).map((descriptor) => ({ descriptor }))
      const descriptor = choose(roots, place.tag, `layout "${place.directory}"`)
      return source({ name: place.directory, descriptor, content })
    }
    case 'archive': {
      const { layout, images, remove } = await openArchive(place.file, store, signal)
      try {
        const descriptor = choose(images, place.name, `archive "${place.file}"`)
        return { name: place.file, descriptor, content: layout, [Symbol.asyncDispose]: remove }
      } catch (error) {
        await remove()
        throw error
      }
    }
  }
}

function source(image: Omit<ImageSource, typeof Symbol.asyncDispose>): ImageSource {
  return { ...image, [Symbol.asyncDispose]: async () => {} }
}

/** The image with this tag, full name or digest; without one, the only image. */
function choose(images: readonly LoadedImage[], wanted: string | undefined, where: string): Descriptor {
  const names = images.flatMap(({ name }) => name ?? [])
  const found = new Map(
    images
      .filter((image) => wanted === undefined || isMeant(image, wanted))
      .map((each) => [each.descriptor.digest, each]),
  )
  const [only] = found.values()
  if (only !== undefined && found.size === 1) return only.descriptor
  const hint =
    names.length === 0 ? 'its images have digests only: add one' : `its names are ${names.slice(0, 10).join(', ')}`
  if (wanted === undefined && found.size > 1)
    throw new StoreNameError('AMBIGUOUS', `${where} has ${found.size} images`, { hint })
  const what = wanted === undefined ? 'no image' : `no image "${wanted}"`
  if (images.length === 0 || found.size === 0)
    throw new StoreNameError('NOT_FOUND', `${what} in ${where}`, images.length === 0 ? {} : { hint })
  throw new StoreNameError('AMBIGUOUS', `"${wanted}" means ${found.size} images in ${where}`, { hint })
}

function isMeant({ name, descriptor }: LoadedImage, wanted: string): boolean {
  if (descriptor.digest === wanted || name === wanted) return true
  return name !== undefined && (name === fullName(wanted) || name.endsWith(`:${wanted}`))
}
