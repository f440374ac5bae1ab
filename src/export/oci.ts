import { copyGraph, OciLayout } from '@tsbuild/content'
import { type Descriptor, formatReference, mediaTypes, parseReference, withDefaultTag } from '@tsbuild/oci'
import type { AssembledImage } from '../image/assemble.ts'
import { writeArchive } from './archive.ts'
import type { ExportContext } from './exporter.ts'
import type { Output } from './output.ts'
import { writeDestination } from './write-destination.ts'

/** An OCI image layout: a tar, or a directory, which keeps what it had under other names (image-spec, image-layout.md). */
export async function exportOci(output: Extract<Output, { kind: 'oci' | 'docker' }>, context: ExportContext): Promise<string> {
  const image = await context.image()
  if (!output.tar) {
    const layout = await OciLayout.create(output.dest)
    await copyGraph(image.root, { from: image.content, to: layout, signal: context.signal, onProgress: transfers(context) })
    for (const entry of layoutEntries(image.root, output.names, context.epoch)) await layout.add(entry)
    return `oci layout ${output.dest}`
  }
  const documents = [
    {
      path: 'index.json',
      value: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: layoutEntries(image.root, output.names, context.epoch) },
    },
    { path: 'oci-layout', value: { imageLayoutVersion: '1.0.0' } },
  ]
  await writeDestination(output.dest, archiveOf(image, documents, context), context.signal)
  return `oci archive ${output.dest}`
}

/** The archive of an image with these documents, reporting what it moves. */
export function archiveOf(
  image: AssembledImage,
  documents: readonly { readonly path: string; readonly value: unknown }[],
  context: ExportContext,
): AsyncIterable<Uint8Array> {
  return writeArchive({ roots: [image.root], content: image.content, documents, signal: context.signal, onProgress: transfers(context) })
}

/** The entries of an `index.json`: one for each name, with the annotations that containerd, skopeo and podman look for. */
export function layoutEntries(root: Descriptor, names: readonly string[], epoch: number | undefined): readonly Descriptor[] {
  const created =
    epoch === undefined ? {} : { 'org.opencontainers.image.created': new Date(epoch * 1000).toISOString().replace('.000Z', 'Z') }
  if (names.length === 0) return [{ ...root, annotations: { ...root.annotations, ...created } }]
  return names.map((name) => {
    const reference = withDefaultTag(parseReference(name))
    const annotations = {
      ...root.annotations,
      ...created,
      'io.containerd.image.name': formatReference(reference),
      'org.opencontainers.image.ref.name': reference.tag ?? 'latest',
    }
    return { ...root, annotations }
  })
}

/** Reports bytes moved, one transfer for each blob. */
export function transfers({ report, vertex }: Pick<ExportContext, 'report' | 'vertex'>): (descriptor: Descriptor, done: number) => void {
  return ({ digest, size }, done) => report({ type: 'transfer', vertex, id: digest, done, total: size })
}
