import { posix } from 'node:path'
import {
  type Bytes,
  decompress,
  fetchAll,
  type OciLayout,
  oneChunk,
  readReferrer,
  sniffCompression,
  successors,
} from '@tsbuild/content'
import {
  annotationKeys,
  type Descriptor,
  type Digest,
  digestOf,
  encodeManifest,
  formatReference,
  isIndexType,
  isManifestType,
  mediaTypes,
  parseIndex,
  parseReference,
  withDefaultTag,
} from '@tsbuild/oci'
import { readTar } from '@tsbuild/tar'
import { explainArchive } from './explain-archive.ts'
import { StoreNameError } from './store-name-error.ts'

const maximumDocument = 4 << 20

/** An image of an archive under one of its names. */
export interface LoadedImage {
  readonly descriptor: Descriptor
  /** Full reference; absent for a nameless image. */
  readonly name?: string
}

/**
 * Reads an archive of images into a layout: an OCI layout, or what `docker save` and `podman save`
 * write.
 */
export async function loadImages(
  layout: OciLayout,
  { archive, name }: { readonly archive: Bytes; readonly name: string },
): Promise<readonly LoadedImage[]> {
  try {
    const files = await storeFiles(layout, await plain(archive))
    const index = files.get('index.json')
    if (index) return await loadLayout(layout, await fetchAll(layout, index, maximumDocument), files)
    const manifest = files.get('manifest.json')
    if (manifest) return await loadDocker(layout, await fetchAll(layout, manifest, maximumDocument), files)
    const reason = files.size === 0 ? 'it is empty' : 'it has neither index.json nor manifest.json'
    throw new StoreNameError('ARCHIVE_INVALID', reason)
  } catch (error) {
    throw explainArchive(error, name)
  }
}

type Files = ReadonlyMap<string, Descriptor>

/**
 * Every file of the archive becomes a blob, whose digest is computed here and not taken from its
 * name.
 */
async function storeFiles(layout: OciLayout, tar: Bytes): Promise<Files> {
  const files = new Map<string, Descriptor>()
  const links = new Map<string, string>()
  for await (const { entry, body } of readTar(tar)) {
    const path = posix.normalize(entry.path)
    if (entry.type === 'file')
      files.set(path, {
        mediaType: 'application/octet-stream',
        ...(await layout.ingest(body, undefined, path.startsWith('blobs/sha512/') ? 'sha512' : 'sha256')),
      })
    else if (entry.type === 'symlink') links.set(path, posix.join(posix.dirname(path), entry.target))
    else if (entry.type === 'hardlink') links.set(path, posix.normalize(entry.target))
  }
  for (const [path, target] of links) {
    const file = files.get(target)
    if (file) files.set(path, file)
  }
  return files
}

async function loadLayout(layout: OciLayout, bytes: Uint8Array, files: Files): Promise<readonly LoadedImage[]> {
  const stored = new Set([...files.values()].map(({ digest }) => digest))
  const images: LoadedImage[] = []
  for (const { annotations = {}, ...descriptor } of parseIndex(bytes).manifests) {
    if (!stored.has(descriptor.digest)) throw missing(descriptor.digest)
    await requireParts(layout, descriptor, new Set())
    if (await readReferrer(layout, descriptor)) {
      await layout.refer(descriptor)
      continue
    }
    const name = annotations[annotationKeys.imageName] ?? annotations[annotationKeys.refName]
    const full = name === undefined ? undefined : expandName(name)
    if (full !== undefined) await layout.tag(descriptor, full)
    images.push({ descriptor, ...(full !== undefined && { name: full }) })
  }
  return images
}

/**
 * Rejects when a manifest lacks its config or a layer. Other documents may be missing: platforms
 * that were not saved, subjects.
 */
async function requireParts(layout: OciLayout, document: Descriptor, seen: Set<Digest>): Promise<void> {
  for (const child of await successors(layout, document)) {
    if (seen.has(child.digest)) continue
    seen.add(child.digest)
    if (await layout.has(child)) await requireParts(layout, child, seen)
    else if (!isManifestType(child.mediaType) && !isIndexType(child.mediaType)) throw missing(child.digest)
  }
}

async function loadDocker(layout: OciLayout, bytes: Uint8Array, files: Files): Promise<readonly LoadedImage[]> {
  const images: LoadedImage[] = []
  for (const image of parseDockerManifest(bytes)) {
    const config = fileAt(files, image.config)
    const layers = await Promise.all(image.layers.map(async (path) => layerDescriptor(layout, fileAt(files, path))))
    const manifest = encodeManifest({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { ...config, mediaType: mediaTypes.ociConfig },
      layers,
    })
    const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), size: manifest.length }
    await layout.put(descriptor, oneChunk(manifest))
    // As in a layout, a text that cannot be a name leaves the image without one.
    const tags = image.tags.flatMap((tag) => expandName(tag) ?? [])
    for (const tag of tags) await layout.tag(descriptor, tag)
    images.push(...(tags.length > 0 ? tags.map((name) => ({ descriptor, name })) : [{ descriptor }]))
  }
  return images
}

interface DockerImage {
  readonly config: string
  readonly layers: readonly string[]
  readonly tags: readonly string[]
}

function parseDockerManifest(bytes: Uint8Array): readonly DockerImage[] {
  const value = parseJson(bytes)
  if (!Array.isArray(value)) throw new StoreNameError('ARCHIVE_INVALID', 'manifest.json is not a list of images')
  return value.map((image: unknown): DockerImage => {
    if (
      typeof image !== 'object' ||
      image === null ||
      !('Config' in image) ||
      typeof image.Config !== 'string' ||
      !('Layers' in image)
    ) {
      throw new StoreNameError('ARCHIVE_INVALID', 'manifest.json has an image without Config and Layers')
    }
    return { config: image.Config, layers: texts(image.Layers), tags: 'RepoTags' in image ? texts(image.RepoTags) : [] }
  })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new StoreNameError('ARCHIVE_INVALID', 'manifest.json is not JSON', { cause })
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
}

function fileAt(files: Files, path: string): Descriptor {
  const file = files.get(posix.normalize(path))
  if (file === undefined) throw missing(path)
  return file
}

async function layerDescriptor(layout: OciLayout, { digest, size }: Descriptor): Promise<Descriptor> {
  const descriptor = { mediaType: mediaTypes.ociLayer, digest, size }
  for await (const chunk of await layout.open(descriptor)) {
    const compression = sniffCompression(chunk)
    const mediaType = { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd }[
      compression
    ]
    return { mediaType, digest, size }
  }
  return descriptor
}

/** The archive without the compression it may have. */
async function plain(archive: Bytes): Promise<Bytes> {
  const iterator = archive[Symbol.asyncIterator]()
  const first = await iterator.next()
  async function* all(): AsyncGenerator<Uint8Array> {
    if (first.done) return
    yield first.value
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return decompress(all(), first.done ? 'none' : sniffCompression(first.value))
}

function expandName(name: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(name)))
  } catch {
    return undefined
  }
}

function missing(what: string): StoreNameError {
  return new StoreNameError('ARCHIVE_INVALID', `it refers to ${what}, which it does not contain`)
}
