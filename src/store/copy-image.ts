import { type ContentSource, type ContentTarget, copyGraph, OciLayout, type Referrers } from '@tsbuild/content'
import { type Descriptor, hostPlatform, isIndexType, parseIndex, parseReference, withDefaultTag } from '@tsbuild/oci'
import { fetchAll } from '@tsbuild/content'
import type { ImageSources } from '../op/images/image-sources.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { CopyEndpoint } from './local-store.ts'
import { collectReferrers } from './collect-referrers.ts'
import { choose, findImage, fullName, wantedPlatform } from './stored-images.ts'
import { StoreNameError } from './store-name-error.ts'
import type { TransferOptions } from './transfer-options.ts'

const maximumDocument = 4 << 20

/**
 * Copies an image between the store, registries and layouts; with a platform, only that one's
 * manifest. What refers to it goes along from the store and from layouts, where it costs nothing to
 * know, and from registries where `referrers` asks for it.
 */
export async function copyImage(
  parts: { readonly store: LayerStore; readonly sources: ImageSources },
  { from, to }: { readonly from: CopyEndpoint; readonly to: CopyEndpoint },
  options: TransferOptions & { readonly platform?: string; readonly referrers?: boolean },
): Promise<Descriptor> {
  const { source, root } = await openSource(from, parts, options)
  const descriptor = await narrowed(root, source, options.platform)
  const target = await openTarget(to, parts, options)
  const { report, signal } = options
  const onProgress = ({ digest, size }: Descriptor, done: number): unknown =>
    report({ type: 'transfer', vertex: 'copy', id: digest, done, total: size })
  const referrers =
    from.kind !== 'registry' || options.referrers === true ? await collectReferrers([descriptor], source) : []
  for (const node of [descriptor, ...referrers]) {
    await copyGraph(node, {
      from: source,
      to: target.content,
      signal,
      onProgress,
      trustPresent: to.kind === 'registry',
    })
  }
  for (const referrer of referrers) await target.content.refer(referrer)
  await target.tag(descriptor)
  return descriptor
}

async function openSource(
  endpoint: CopyEndpoint,
  { store, sources }: Parameters<typeof copyImage>[0],
  { insecure }: TransferOptions,
): Promise<{ readonly source: ContentSource & Referrers; readonly root: Descriptor }> {
  switch (endpoint.kind) {
    case 'store':
      return { source: store.images, root: (await findImage(store, endpoint.reference)).descriptor }
    case 'registry': {
      const reference = withDefaultTag(parseReference(endpoint.reference))
      const repository = sources.repository(reference, { insecure })
      return { source: repository, root: await repository.resolve(reference.digest ?? reference.tag ?? 'latest') }
    }
    case 'layout': {
      const layout = await OciLayout.open(endpoint.directory)
      return {
        source: layout,
        root: await layout.resolve(endpoint.tag ?? (await onlyName(layout, endpoint.directory))),
      }
    }
  }
}

/** The only name in a layout; rejects with `AMBIGUOUS` where there are none or several. */
export async function onlyName(layout: OciLayout, directory: string): Promise<string> {
  const names = await layout.tags()
  const [only] = names
  if (only && names.length === 1) return only.reference
  throw new StoreNameError('AMBIGUOUS', `layout "${directory}" has ${names.length} names`, {
    hint: 'name one: DIRECTORY:TAG',
  })
}

async function openTarget(
  endpoint: CopyEndpoint,
  { store, sources }: Parameters<typeof copyImage>[0],
  { insecure }: TransferOptions,
): Promise<{ readonly content: ContentTarget & Referrers; tag(descriptor: Descriptor): Promise<void> }> {
  switch (endpoint.kind) {
    case 'store':
      return {
        content: store.images,
        tag: (descriptor) => store.images.tag(descriptor, fullName(endpoint.reference) ?? endpoint.reference),
      }
    case 'registry': {
      const reference = withDefaultTag(parseReference(endpoint.reference))
      const repository = sources.repository(reference, { insecure })
      return { content: repository, tag: (descriptor) => repository.tag(descriptor, reference.tag ?? 'latest') }
    }
    case 'layout': {
      const layout = await OciLayout.create(endpoint.directory)
      return { content: layout, tag: (descriptor) => layout.tag(descriptor, endpoint.tag ?? 'latest') }
    }
  }
}

async function narrowed(root: Descriptor, source: ContentSource, platform: string | undefined): Promise<Descriptor> {
  if (platform === undefined || !isIndexType(root.mediaType)) return root
  const host = hostPlatform()
  const chosen = choose(
    parseIndex(await fetchAll(source, root, maximumDocument)).manifests,
    wantedPlatform(platform, host),
    host,
  )
  if (chosen) return chosen
  throw new StoreNameError('NOT_FOUND', `the image has no manifest for ${platform}`)
}
