import { type ContentSource, OciLayout } from '@tsbuild/content'
import {
  type Descriptor,
  type Digest,
  familiarReference,
  formatPlatform,
  formatReference,
  isDigest,
  parseReference,
  type Platform,
  type Reference,
  withDefaultTag,
} from '@tsbuild/oci'
import type { BaseImageResolver, ResolvedImage } from '../../frontend/plan/base-image.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { asTransferError } from '../../transfer-error.ts'
import { describeStored } from '../../layer/stored-document.ts'
import { once } from '../../solve/once.ts'
import { readImage } from './image-content.ts'
import { ImageError } from './image-error.ts'

/** A repository that images are read from. */
export interface ImageRepository extends ContentSource {
  resolve(tagOrDigest: string): Promise<Descriptor>
}

export interface BaseImagesOptions {
  readonly store: LayerStore
  /** Ask the registry even if the store has the name. `never` reads only the store. */
  readonly pull: boolean | 'never'
  repository(reference: Reference): ImageRepository
}

/**
 * Finds images by name: in the store, unless `pull`, then in their registry. Each name is resolved
 * once a build, so that all stages see the same image. A document in the store is not fetched
 * again.
 */
export function baseImages(options: BaseImagesOptions): BaseImageResolver {
  const found = new Map<string, Promise<ResolvedImage>>()
  const roots = new Map<string, Promise<Located>>()
  return {
    resolve: ({ reference, platform, layout }) =>
      once(found, JSON.stringify([reference, formatPlatform(platform), layout]), async () => {
        try {
          const { root, source } = await once(roots, JSON.stringify([reference, layout]), () =>
            layout === undefined ? locate(reference, options) : locateInLayout(reference, layout),
          )
          const { store } = options
          return await resolved({ reference, platform, root, source, store, ...(layout !== undefined && { layout }) })
        } catch (error) {
          if (layout !== undefined) throw error
          throw asTransferError(`pull ${familiarReference(parseReference(reference))}`, error)
        }
      }),
  }
}

interface Located {
  readonly root: Descriptor
  readonly source: ContentSource
}

async function locate(text: string, { store, pull, repository }: BaseImagesOptions): Promise<Located> {
  const reference = withDefaultTag(parseReference(text))
  if (reference.digest !== undefined) {
    const stored = await describeStored(store, reference.digest)
    if (pull === 'never') return { root: stored ?? notStored(text), source: store.blobs }
    const remote = repository(reference)
    return { root: stored ?? (await remote.resolve(reference.digest)), source: remote }
  }
  const named =
    pull === true ? undefined : await store.images.resolve(formatReference(reference)).catch(() => undefined)
  if (named) return { root: named, source: store.blobs }
  if (pull === 'never') return notStored(text)
  const remote = repository(reference)
  return { root: await remote.resolve(reference.tag ?? 'latest'), source: remote }
}

function notStored(reference: string): never {
  throw new ImageError('IMAGE_NOT_FOUND', `image "${reference}" is not in the local store`, {
    hint: `run: tsbuild pull ${reference}; or build without --pull=never`,
  })
}

async function locateInLayout(text: string, directory: string): Promise<Located> {
  const layout = await OciLayout.open(directory)
  return { root: isDigest(text) ? await rootByDigest(layout, text) : await rootByTag(layout, text), source: layout }
}

/** Any image of the layout, whether or not its index lists it. */
async function rootByDigest(layout: OciLayout, digest: Digest): Promise<Descriptor> {
  return (await describeStored(layout, digest)) ?? layout.resolve(digest)
}

/** Tags of a layout that a hint lists. */
const listedTags = 20

/** Without a tag it is `latest`, or the only image, which may also have no name. */
async function rootByTag(layout: OciLayout, tag: string): Promise<Descriptor> {
  const wanted = tag === '' ? 'latest' : tag
  const [roots, named] = await Promise.all([layout.roots(), layout.tags()])
  const [only] = roots.length === 1 && (tag === '' || named.length === 0) ? roots : []
  if (named.some(({ reference }) => reference === wanted) || only === undefined) {
    return layout.resolve(wanted).catch((error: unknown) => {
      const listed = named.slice(0, listedTags).map(({ reference }) => reference)
      const names = [...listed, ...(named.length > listedTags ? [`${named.length - listedTags} more`] : [])].join(', ')
      const hint = names === '' ? 'its images have no names: take one by digest' : `it has ${names}`
      throw new ImageError('IMAGE_NOT_FOUND', `OCI layout "${layout.directory}" has no image "${wanted}"`, {
        hint,
        cause: error,
      })
    })
  }
  return only
}

async function resolved(request: {
  readonly reference: string
  readonly platform: Platform
  readonly root: Descriptor
  readonly source: ContentSource
  readonly store: LayerStore
  readonly layout?: string
}): Promise<ResolvedImage> {
  const { reference, root, layout } = request
  const { descriptor, config } = await readImage(root, { ...request, name: formatName(request) })
  const { os, architecture, variant } = config
  return {
    reference: layout === undefined ? withoutDigest(reference) : reference,
    digest: descriptor.digest,
    found: { reference, digest: root.digest },
    platform: { os, architecture, ...(variant !== undefined && { variant }) },
    config,
    ...(layout !== undefined && { layout }),
  }
}

/** Name for messages. In a layout the reference is a tag, a digest or empty. */
function formatName({ reference, layout }: { readonly reference: string; readonly layout?: string }): string {
  if (layout === undefined) return reference
  const suffix = reference === '' ? '' : `${isDigest(reference) ? '@' : ':'}${reference}`
  return `oci-layout://${layout}${suffix}`
}

function withoutDigest(text: string): string {
  const { registry, repository, tag } = parseReference(text)
  return formatReference({ registry, repository, ...(tag !== undefined && { tag }) })
}
