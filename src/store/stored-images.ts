import { type ContentSource, fetchAll, OciLayout, successors } from '@tsbuild/content'
import {
  type Descriptor,
  type Digest,
  findManifest,
  formatReference,
  hexOf,
  hostPlatform,
  isDigest,
  isIndexType,
  isManifestType,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
  parsePlatform,
  parseReference,
  type Platform,
  withDefaultTag,
} from '@tsbuild/oci'
import type { LayerStore } from '../layer/layer-store.ts'
import { describeStored } from '../layer/stored-document.ts'
import type { StoredDocuments, StoredImage } from './stored-image.ts'
import { similarName } from './similar-name.ts'
import { StoreNameError } from './store-name-error.ts'

const maximumDocument = 4 << 20

/** The images that have names in the store, newest first. */
export async function listImages(store: LayerStore): Promise<readonly StoredImage[]> {
  const named = new Map<Digest, { readonly descriptor: Descriptor; readonly names: string[] }>()
  // A list is no use of what it lists.
  const layout = await OciLayout.open(store.paths.layout, { marksUse: false })
  for (const { reference, descriptor } of await layout.tags()) {
    const known = named.get(descriptor.digest)
    if (known) known.names.push(reference)
    else named.set(descriptor.digest, { descriptor, names: [reference] })
  }
  const images = await Promise.all(
    [...named.values()].map(({ descriptor, names }) => describeImage(layout.blobs, descriptor, names.sort())),
  )
  return images.sort((a, b) => (b.created ?? '').localeCompare(a.created ?? ''))
}

/**
 * Image of a name, a digest or the beginning of a digest; rejects with `NOT_FOUND` or `AMBIGUOUS`.
 */
export async function findImage(store: LayerStore, name: string): Promise<StoredImage> {
  const tags = await store.images.tags()
  const full = fullName(name)
  const exact =
    tags.find(({ reference }) => reference === name || reference === full)?.descriptor ??
    (isDigest(name) ? await describeStored(store, name) : undefined)
  const digits = name.replace(/^sha(?:256|512):/, '')
  const matching = exact
    ? [exact]
    : /^[0-9a-f]{6,128}$/.test(digits)
      ? tags.map(({ descriptor }) => descriptor).filter(({ digest }) => hexOf(digest).startsWith(digits))
      : []
  const distinct = new Map(matching.map((descriptor) => [descriptor.digest, descriptor]))
  const [found] = distinct.values()
  if (found === undefined) {
    const similar = similarName(
      name,
      tags.map(({ reference }) => reference),
    )
    const help =
      similar === undefined
        ? { hint: 'run tsbuild images to list images' }
        : { hint: `did you mean ${similar}?`, suggestion: similar }
    throw new StoreNameError('NOT_FOUND', `no image "${name}" in the store`, help)
  }
  if (distinct.size > 1) throw new StoreNameError('AMBIGUOUS', `"${name}" is the beginning of ${distinct.size} digests`)
  return describeImage(
    store.blobs,
    found,
    tags
      .filter(({ descriptor }) => descriptor.digest === found.digest)
      .map(({ reference }) => reference)
      .sort(),
  )
}

/** The documents of an image for one platform, else for this machine's, else the first. */
export async function imageDocuments(
  store: LayerStore,
  { descriptor }: StoredImage,
  platform: string | undefined,
): Promise<StoredDocuments> {
  const host = hostPlatform()
  const raw = await fetchAll(store.blobs, descriptor, maximumDocument)
  const read = async (index: Descriptor): Promise<readonly Descriptor[]> =>
    (await store.blobs.has(index)) ? parseIndex(await fetchAll(store.blobs, index, maximumDocument)).manifests : []
  const wanted = wantedPlatform(platform, host)
  const found = await findManifest(descriptor, wanted ?? host, read)
  const isAny = found === undefined && wanted === undefined
  const manifest = isAny ? parseIndex(raw).manifests.find(({ mediaType }) => isManifestType(mediaType)) : found
  if (manifest === undefined || !(await store.blobs.has(manifest))) return { descriptor, raw, layers: [] }
  const { layers, config } = parseManifest(await fetchAll(store.blobs, manifest, maximumDocument))
  return { descriptor, raw, layers, config: parseImageConfig(await fetchAll(store.blobs, config, maximumDocument)) }
}

/** A name as the store keeps it. Undefined for an invalid reference. */
export function fullName(name: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(name)))
  } catch {
    return undefined
  }
}

/** Reads a `--platform` of a store command. */
export function wantedPlatform(text: string | undefined, host: Platform): Platform | undefined {
  return text === undefined ? undefined : parsePlatform(text, host)
}

async function describeImage(
  blobs: ContentSource,
  descriptor: Descriptor,
  names: readonly string[],
): Promise<StoredImage> {
  const sizes = new Map<Digest, number>()
  const platforms: Platform[] = []
  const created: string[] = []
  const visit = async (node: Descriptor): Promise<void> => {
    if (sizes.has(node.digest) || !(await blobs.has(node))) return
    sizes.set(node.digest, node.size)
    if (!isManifestType(node.mediaType) && !isIndexType(node.mediaType)) return
    if (isManifestType(node.mediaType)) await readConfig(node)
    for (const child of await successors(blobs, node)) await visit(child)
  }
  const readConfig = async (node: Descriptor): Promise<void> => {
    const { config } = parseManifest(await fetchAll(blobs, node, maximumDocument))
    // The config of an artifact is not an image config.
    if (config.mediaType === mediaTypes.empty || !(await blobs.has(config))) return
    const {
      os,
      architecture,
      variant,
      created: date,
    } = parseImageConfig(await fetchAll(blobs, config, maximumDocument))
    if (os === 'unknown') return
    platforms.push({ os, architecture, ...(variant !== undefined && { variant }) })
    if (date !== undefined) created.push(date)
  }
  await visit(descriptor)
  const [newest] = created.sort().reverse()
  const size = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  return { names, descriptor, size, platforms, ...(newest !== undefined && { created: newest }) }
}
