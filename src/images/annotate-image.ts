import { fetchAll } from '@tsbuild/content'
import { type Descriptor, encodeIndex, encodeManifest, isIndexType, parseIndex, parseManifest } from '@tsbuild/oci'
import type { ImageSource } from '../store/places/image-source.ts'
import { Overlay } from '../store/places/overlay.ts'

/** A changed image, and the content that holds it. */
export interface EditedImage {
  readonly descriptor: Descriptor
  readonly content: Overlay
}

/**
 * The image with these annotations on its manifest or index, and without `removed`. Layers and
 * config stay.
 */
export async function annotateImage(
  { descriptor, content }: ImageSource,
  {
    annotations,
    removed,
  }: { readonly annotations: Readonly<Record<string, string>>; readonly removed: readonly string[] },
): Promise<EditedImage> {
  const overlay = new Overlay(content)
  const bytes = await fetchAll(content, descriptor)
  const change = <T extends { readonly annotations?: Readonly<Record<string, string>> }>(document: T): T => {
    const { annotations: before, ...others } = document
    const kept = Object.entries(before ?? {}).filter(([key]) => !removed.includes(key))
    const after = { ...Object.fromEntries(kept), ...annotations }
    return (Object.keys(after).length === 0 ? others : { ...document, annotations: after }) as T
  }
  const changed = isIndexType(descriptor.mediaType)
    ? encodeIndex(change(parseIndex(bytes)))
    : encodeManifest(change(parseManifest(bytes)))
  return { descriptor: await overlay.add(descriptor.mediaType, changed), content: overlay }
}
