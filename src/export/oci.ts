import { type ContentTarget, copyGraph, OciLayout } from '@tsbuild/content'
import {
  annotationKeys,
  type Descriptor,
  formatReference,
  mediaTypes,
  parseReference,
  withDefaultTag,
} from '@tsbuild/oci'
import type { AssembledImage } from '../image/assemble.ts'
import { TransferReport } from '../progress/transfer-report.ts'
import { writeArchive } from './archive.ts'
import type { ExportContext } from './exporter.ts'
import type { SettledArchive } from './output.ts'
import { destinationName, writeDestination } from './write-destination.ts'

/**
 * An OCI image layout: a tar, or a directory, which keeps what it had under other names
 * (image-spec, image-layout.md).
 */
export async function exportOci(output: SettledArchive, context: ExportContext): Promise<string> {
  const image = await context.image()
  const entries = layoutEntries(image.root, output.names, context.epoch)
  if (!output.tar && typeof output.dest === 'string') {
    const layout = await OciLayout.create(output.dest)
    await copyWithReferrers(image, layout, context)
    for (const entry of entries) await layout.add(named(entry))
    for (const referrer of image.referrers) await layout.refer(referrer)
    // What an earlier build said is about an image that has no name any more.
    if (image.referrers.length > 0) await layout.dropLooseReferrers()
    return `oci layout ${output.dest}`
  }
  // Beside others an image needs a name, or readers would not know which one to take.
  const manifests = image.referrers.length > 0 ? [...entries.map(named), ...image.referrers] : entries
  const documents = [
    { path: 'index.json', value: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests } },
    { path: 'oci-layout', value: { imageLayoutVersion: '1.0.0' } },
  ]
  await writeDestination(output.dest, createArchive(image, documents, context), context.signal)
  return `oci archive ${destinationName(output.dest)}`
}

/**
 * Without a name an image is `latest` of its layout: building again replaces it, and readers find
 * it.
 */
function named(entry: Descriptor): Descriptor {
  return entry.annotations?.[annotationKeys.refName] === undefined
    ? annotated(entry, { [annotationKeys.refName]: 'latest' })
    : entry
}

/** Copies an image and what refers to it; nothing has a name there yet. */
export async function copyWithReferrers(
  { root, referrers, content }: AssembledImage,
  to: ContentTarget,
  context: Pick<ExportContext, 'report' | 'vertex' | 'signal'>,
): Promise<void> {
  const { onProgress } = new TransferReport(context)
  for (const node of [root, ...referrers])
    await copyGraph(node, { from: content, to, signal: context.signal, onProgress })
}

/** The archive of an image with these documents, reporting what it moves. */
export function createArchive(
  image: AssembledImage,
  documents: readonly { readonly path: string; readonly value: unknown }[],
  context: ExportContext,
): AsyncIterable<Uint8Array> {
  return writeArchive({
    roots: [image.root, ...image.referrers],
    content: image.content,
    documents,
    signal: context.signal,
    onProgress: new TransferReport(context).onProgress,
  })
}

/**
 * The entries of an `index.json`: one for each name, with the annotations that containerd, skopeo
 * and podman look for.
 */
export function layoutEntries(
  root: Descriptor,
  names: readonly string[],
  epoch: number | undefined,
): readonly Descriptor[] {
  const created = epoch === undefined ? {} : { [annotationKeys.created]: isoSeconds(epoch) }
  const dated = annotated(root, { ...created, ...root.annotations })
  if (names.length === 0) return [dated]
  return names.map((name) => {
    const reference = withDefaultTag(parseReference(name))
    return annotated(dated, {
      [annotationKeys.imageName]: formatReference(reference),
      [annotationKeys.refName]: reference.tag ?? 'latest',
    })
  })
}

function annotated(descriptor: Descriptor, added: Readonly<Record<string, string>>): Descriptor {
  const annotations = { ...descriptor.annotations, ...added }
  return Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations }
}

function isoSeconds(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z')
}
