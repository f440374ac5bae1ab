import { type ContentSource, fetchAll } from '@tsbuild/content'
import {
  type Descriptor,
  formatReference,
  type ImageConfig,
  isIndexType,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
  parseReference,
  withDefaultTag,
} from '@tsbuild/oci'
import { type AttachedStatement, readStatements } from './read-statements.ts'
import { type PlaceParts, sourcesFor } from './places/image-source.ts'
import type { TransferOptions } from './transfer-options.ts'

const maximumDocument = 4 << 20

/** The documents of an image in a registry; no layer is fetched. */
export interface RegistryImage {
  /** Full reference. */
  readonly name: string
  readonly descriptor: Descriptor
  /** Bytes of the manifest or index in the registry. */
  readonly raw: Uint8Array
  /** Of an index: its manifests, in their order. */
  readonly manifests: readonly Descriptor[]
  /** Configs of the manifests that are images: of one for a plain manifest. */
  readonly configs: readonly ImageConfig[]
  /** Statements about each image of `configs`, in their order; empty unless requested. */
  readonly statements: readonly (readonly AttachedStatement[])[]
}

/** Reads the documents of an image in a registry, and with `statements` those about it. */
export async function readRegistryImage(
  name: string,
  parts: PlaceParts,
  options: Pick<TransferOptions, 'insecure' | 'env'> & { readonly statements?: boolean },
): Promise<RegistryImage> {
  const reference = withDefaultTag(parseReference(name))
  const repository = sourcesFor(parts, options).repository(reference, options)
  const descriptor = await repository.resolve(reference.digest ?? reference.tag ?? 'latest')
  const raw = await fetchAll(repository, descriptor, maximumDocument)
  const manifests = isIndexType(descriptor.mediaType) ? parseIndex(raw).manifests : []
  const images = isIndexType(descriptor.mediaType)
    ? manifests.filter(({ platform }) => platform !== undefined && platform.os !== 'unknown')
    : [descriptor]
  const found = await Promise.all(images.map(async (image) => ({ image, config: await readConfig(image, repository) })))
  const known = found.flatMap(({ image, config }) => (config === undefined ? [] : [{ image, config }]))
  const statements = options.statements
    ? await Promise.all(known.map(({ image }) => readStatements(image, manifests, repository)))
    : []
  const configs = known.map(({ config }) => config)
  return { name: formatReference(reference), descriptor, raw, manifests, configs, statements }
}

/** Undefined for an artifact that is no image. */
async function readConfig(image: Descriptor, repository: ContentSource): Promise<ImageConfig | undefined> {
  if (isIndexType(image.mediaType)) return undefined
  const { config } = parseManifest(await fetchAll(repository, image, maximumDocument))
  if (config.mediaType === mediaTypes.empty) return undefined
  try {
    return parseImageConfig(await fetchAll(repository, config, maximumDocument))
  } catch {
    return undefined
  }
}
