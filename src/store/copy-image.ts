import type { ContentSource } from '@tsbuild/content'
import { type Descriptor, isIndexType } from '@tsbuild/oci'
import type { CopyEndpoint } from './places/place.ts'
import { collectReferrers } from './collect-referrers.ts'
import { openSource, type PlaceParts } from './places/image-source.ts'
import { openTarget } from './places/image-target.ts'
import { selectManifest } from './places/select-manifest.ts'
import type { TransferOptions } from './transfer-options.ts'

/**
 * Copies an image to one or more places; with a platform, only that one's manifest. What refers to
 * it goes along from the store, layouts and archives, where it costs nothing to know, and from
 * registries where `referrers` asks for it. Local destinations come first: they are the source of
 * the others.
 */
export async function copyImage(
  parts: PlaceParts,
  { from, to }: { readonly from: CopyEndpoint; readonly to: readonly CopyEndpoint[] },
  options: TransferOptions & { readonly platform?: string; readonly referrers?: boolean },
): Promise<Descriptor> {
  await using source = await openSource(from, parts, options)
  const { platform } = options
  const descriptor =
    platform !== undefined && isIndexType(source.descriptor.mediaType)
      ? await selectManifest(source.descriptor, source.content, platform)
      : source.descriptor
  const referrers =
    from.kind !== 'registry' || options.referrers === true ? await collectReferrers([descriptor], source.content) : []
  const local = to.filter(({ kind }) => kind === 'store' || kind === 'layout')
  let content: ContentSource = source.content
  for (const place of new Set([...local, ...to])) {
    const target = await openTarget(place, parts, options)
    content = (await target.take({ descriptor, referrers, content })) ?? content
  }
  return descriptor
}
