import { type ContentSource, isDocument, successors } from '@tsbuild/content'
import { type Descriptor, type Digest, isIndexType } from '@tsbuild/oci'
import type { Family } from '../image/media-types.ts'
import { asTransferError } from '../transfer-error.ts'
import { collectReferrers } from './collect-referrers.ts'
import { type ImageSource, openSource, type PlaceParts } from './places/image-source.ts'
import { openTarget, type Shipment } from './places/image-target.ts'
import type { CopyEndpoint } from './places/place.ts'
import { type CopyVerb, nameCopy, reportCopy } from './places/report-copy.ts'
import { selectManifest } from './places/select-manifest.ts'
import type { SideAccess, TransferOptions } from './transfer-options.ts'

/** Copy of an image to one or more places. */
export interface CopyRequest {
  readonly from: CopyEndpoint
  readonly to: readonly CopyEndpoint[]
  /** For messages. Default: `copy`. */
  readonly verb?: CopyVerb
}

/**
 * Copies an image to one or more places; with a platform, only that one's manifest. What refers to
 * it goes along from the store, layouts and archives, where it costs nothing to know, and from
 * registries where `referrers` asks for it. Local destinations come first: they are the source of
 * the others.
 */
export async function copyImage(
  parts: PlaceParts,
  { from, to, verb = 'copy' }: CopyRequest,
  options: TransferOptions & CopyChoices,
): Promise<Descriptor> {
  const reading = async <T>(action: Promise<T>): Promise<T> => {
    try {
      return await action
    } catch (error) {
      throw asTransferError(nameCopy(verb, from), error)
    }
  }
  const { source: near, destination: far } = options
  await using source = await reading(openSource(from, parts, { ...options, ...near }))
  const chosen = await reading(chooseContent(source, from, options))
  const { descriptor, referrers, content: first } = await reading(inForm(chosen, source, options))
  const { report } = options
  const local = to.filter(({ kind }) => kind === 'store' || kind === 'layout')
  let content: ContentSource = first
  for (const place of new Set([...local, ...to])) {
    const target = await openTarget(place, parts, { ...options, ...far })
    const shipment = { descriptor, referrers, content }
    await reportCopy(
      { verb, from, to: place, descriptor, report },
      async (onProgress) => {
        content = (await target.take(shipment, onProgress)) ?? content
      },
      // A registry is not read for the size alone.
      async () => (from.kind !== 'registry' || content !== first ? sumSizes(descriptor, content) : undefined),
    )
  }
  return descriptor
}

interface CopyChoices {
  readonly platform?: string
  readonly referrers?: boolean
  readonly format?: Family
  readonly source?: SideAccess
  readonly destination?: SideAccess
}

/** The image in the requested form. Nothing refers to an image with a new digest. */
async function inForm(
  chosen: { readonly descriptor: Descriptor; readonly referrers: readonly Descriptor[] },
  { content }: ImageSource,
  { format, report }: Pick<TransferOptions, 'report'> & { readonly format?: Family },
): Promise<Shipment> {
  if (format === undefined) return { ...chosen, content }
  const { convertImage } = await import('./places/convert-image.ts')
  const converted = await convertImage({ descriptor: chosen.descriptor, content }, format)
  if (converted.descriptor.digest === chosen.descriptor.digest) return { ...chosen, content }
  const lost = [...converted.lost, ...(chosen.referrers.length > 0 ? ['referrers'] : [])]
  if (lost.length > 0) {
    const message = `the image with the new media types has no ${lost.join(', ')}`
    await report({ type: 'warning', code: 'ImageConverted', message })
  }
  return { descriptor: converted.descriptor, referrers: [], content: converted.content }
}

async function chooseContent(
  source: ImageSource,
  from: CopyEndpoint,
  { platform, referrers }: { readonly platform?: string; readonly referrers?: boolean },
): Promise<{ readonly descriptor: Descriptor; readonly referrers: readonly Descriptor[] }> {
  const descriptor =
    platform !== undefined && isIndexType(source.descriptor.mediaType)
      ? await selectManifest(source.descriptor, source.content, platform)
      : source.descriptor
  const isTaken = from.kind !== 'registry' || referrers === true
  return { descriptor, referrers: isTaken ? await collectReferrers([descriptor], source.content) : [] }
}

/** Bytes of everything that an image leads to, as far as it is in `content`. */
async function sumSizes(root: Descriptor, content: ContentSource): Promise<number> {
  const sizes = new Map<Digest, number>()
  const waiting = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (sizes.has(node.digest) || (isDocument(node) && !(await content.has(node)))) continue
    sizes.set(node.digest, node.size)
    if (isDocument(node)) waiting.push(...(await successors(content, node)))
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}
