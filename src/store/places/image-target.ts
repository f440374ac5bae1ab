import {
  type ContentSource,
  type ContentTarget,
  copyGraph,
  type CopyOptions,
  MemoryContent,
  OciLayout,
  type Referrers,
  type Tagger,
} from '@tsbuild/content'
import { type Descriptor, parseReference, withDefaultTag } from '@tsbuild/oci'
import type { ImageContent } from '../../image/image-content.ts'
import { announcePush } from '../../export/push/announce-push.ts'
import { mountingTarget } from '../../export/push/mounting-target.ts'
import { withoutRoot } from '../../export/push/without-root.ts'
import { writeNamedFile } from '../../export/write-named-file.ts'
import type { CopyEndpoint } from './place.ts'
import { type NamedImage, writeImages } from '../save-images.ts'
import { fullName } from '../stored-images.ts'
import type { TransferOptions } from '../transfer-options.ts'
import { type PlaceParts, sourcesFor } from './image-source.ts'
import { onlyName, openSkopeoLayout } from './skopeo.ts'

/** An image with its referrers, and the content that holds them. */
export interface Shipment {
  readonly descriptor: Descriptor
  readonly referrers: readonly Descriptor[]
  /** With the repository of each blob, if it is in several. */
  readonly content: ContentSource | ImageContent
}

/** A place that takes images. */
export interface ImageTarget {
  /** Copies missing blobs, then names the image. Returns the content if it can be read. */
  take(shipment: Shipment, onProgress: NonNullable<CopyOptions['onProgress']>): Promise<ContentSource | undefined>
}

/** Opens a destination; a layout is made if it does not exist. */
export async function openTarget(
  place: CopyEndpoint,
  parts: PlaceParts,
  options: TransferOptions,
): Promise<ImageTarget> {
  const { store, env } = parts
  switch (place.kind) {
    case 'store': {
      const name = fullName(place.reference) ?? place.reference
      return graphTarget(store.images, name, { ...options, isLocal: true })
    }
    case 'registry': {
      const reference = withDefaultTag(parseReference(place.reference))
      const repository = sourcesFor(parts, options).repository(reference, options)
      await announcePush(repository, reference, store)
      // A name with a digest alone has the image under that.
      return graphTarget(repository, reference.tag, { ...options, isLocal: false })
    }
    case 'layout': {
      const layout = await OciLayout.create(place.directory)
      return graphTarget(layout, place.tag ?? 'latest', { ...options, isLocal: true })
    }
    case 'skopeo':
      return {
        take: async ({ descriptor, content }, onProgress) => {
          const { signal } = options
          await using way = await openSkopeoLayout(store, { env, signal })
          await copyGraph(descriptor, { from: content, to: way.layout, signal, onProgress })
          await way.layout.tag(descriptor, onlyName)
          await way.deliver(place.reference)
          return undefined
        },
      }
    case 'archive':
      return {
        take: async ({ descriptor, referrers, content }, onProgress) => {
          const image: NamedImage = {
            descriptor,
            names: place.name === undefined ? [] : [fullName(place.name) ?? place.name],
            word: place.name ?? descriptor.digest,
          }
          const archive = writeImages({ images: [image], referrers, content }, place.format, { ...options, onProgress })
          await writeNamedFile(place.file, archive, options.signal)
          return undefined
        },
      }
  }
}

function graphTarget(
  target: ContentTarget & Referrers & Tagger,
  tag: string | undefined,
  { isLocal, signal }: TransferOptions & { readonly isLocal: boolean },
): ImageTarget {
  return {
    take: async ({ descriptor, referrers, content }, onProgress) => {
      const tagBrings = !isLocal && tag !== undefined && referrers.length === 0
      const held = new MemoryContent()
      const asked = 'publisher' in content ? mountingTarget(target, content) : target
      const to = tagBrings ? withoutRoot(asked, descriptor, held) : asked
      for (const node of [descriptor, ...referrers])
        await copyGraph(node, { from: content, to, signal, onProgress, trustPresent: !isLocal })
      await Promise.all(referrers.map((referrer) => target.refer(referrer)))
      if (tag !== undefined) await target.tag(descriptor, tag, (await held.has(descriptor)) ? held : content)
      return isLocal ? target : undefined
    },
  }
}
