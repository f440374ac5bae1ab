import { type ContentSource, fetchAll } from '@tsbuild/content'
import {
  compressionOf,
  type Descriptor,
  type Digest,
  isIndexType,
  isManifestType,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from '@tsbuild/oci'
import { layerMediaType } from '../../layer/stored/stored-form.ts'
import { inlineCacheMember } from '../../solve/cache-store.ts'
import { type CacheDocument, cacheLimits, decodeCache } from '../model/cache-document.ts'

/** Media type of the records of a cache, which are the config of its manifest. */
export const recordsType = 'application/vnd.tsbuild.cache.records.v1+json'

const buildkitRecords = 'application/vnd.buildkit.cacheconfig.v0'
const buildkitMember = 'moby.buildkit.cache.v0'

/** Images of an index whose inline caches are read: one for each platform. */
const maximumImages = 16

/** A cache as it was found. */
export interface CachePlace {
  readonly source: ContentSource
  /** Of its manifest or index. */
  readonly root: Descriptor
}

/**
 * Reads the records of a cache: those of a manifest, of an index, or of the configs of images.
 * Throws `TypeError` for a document without records of tsbuild, and as `decodeCache` and the source
 * do.
 */
export async function readCache(
  { source, root }: CachePlace,
  key: Uint8Array | undefined,
): Promise<readonly CacheDocument[]> {
  const bytes = await fetchAll(source, root)
  if (!isIndexType(root.mediaType)) return [await readManifest(bytes, source, key)]
  const { manifests } = parseIndex(bytes)
  const config = manifests.find(({ mediaType }) => mediaType === recordsType)
  if (config !== undefined) return [await readRecords(config, source, key)]
  if (manifests.some(({ mediaType }) => mediaType === buildkitRecords)) throw foreign()
  const images = manifests.filter(({ mediaType, platform }) => isManifestType(mediaType) && platform?.os !== 'unknown')
  return Promise.all(
    images.slice(0, maximumImages).map(async (image) => readManifest(await fetchAll(source, image), source, key)),
  )
}

async function readManifest(
  bytes: Uint8Array,
  source: ContentSource,
  key: Uint8Array | undefined,
): Promise<CacheDocument> {
  const { config, layers } = parseManifest(bytes)
  if (config.mediaType === recordsType) return readRecords(config, source, key)
  if (config.mediaType === buildkitRecords) throw foreign()
  if (config.mediaType !== mediaTypes.ociConfig && config.mediaType !== mediaTypes.dockerConfig)
    throw new TypeError(`"${config.mediaType}" is not a cache of tsbuild`)
  const { extra = {}, rootfs } = parseImageConfig(await fetchAll(source, config))
  const records = extra[inlineCacheMember]
  if (typeof records === 'string') return withBlobs(decodeCache(records, key), rootfs.diff_ids, layers)
  if (buildkitMember in extra) throw foreign()
  throw new TypeError('the image has no inline cache')
}

async function readRecords(
  config: Descriptor,
  source: ContentSource,
  key: Uint8Array | undefined,
): Promise<CacheDocument> {
  return decodeCache(Buffer.from(await fetchAll(source, config, cacheLimits.document)).toString('utf8'), key)
}

function foreign(): TypeError {
  return new TypeError('it was written by BuildKit, whose caches tsbuild cannot read')
}

/** Records of an image are about its own layers, which its manifest describes. */
function withBlobs(document: CacheDocument, diffIds: readonly Digest[], blobs: readonly Descriptor[]): CacheDocument {
  const published = new Map(diffIds.map((diffId, index) => [diffId, blobs[index]]))
  const layers = document.layers.map((layer) => {
    const blob = layer.base === true ? undefined : published.get(layer.diffId)
    if (blob === undefined) return layer
    const { digest, size, mediaType } = blob
    return { ...layer, blob: { mediaType: layerMediaType({ type: compressionOf(mediaType) }), digest, size } }
  })
  return { ...document, layers }
}
