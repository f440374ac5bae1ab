import { type ContentSource, fetchAll } from '@tsbuild/content'
import { type Descriptor, hostPlatform, isIndexType, parseIndex } from '@tsbuild/oci'
import { choose, wantedPlatform } from '../stored-images.ts'
import { StoreNameError } from '../store-name-error.ts'

const maximumDocument = 4 << 20
/** Indexes within indexes (image-spec, image-index.md § manifests). */
const maximumDepth = 8

/**
 * The manifest for a platform, through nested indexes; for no platform, this machine's, else the
 * first. A plain manifest is taken as it is. Rejects with `NOT_FOUND`.
 */
export async function selectManifest(
  root: Descriptor,
  content: ContentSource,
  platform: string | undefined,
): Promise<Descriptor> {
  const host = hostPlatform()
  const wanted = wantedPlatform(platform, host)
  let node = root
  for (let depth = 0; isIndexType(node.mediaType) && depth < maximumDepth; depth++) {
    const { manifests } = parseIndex(await fetchAll(content, node, maximumDocument))
    const chosen = choose(manifests, wanted, host)
    if (chosen === undefined) throw missing(platform)
    node = chosen
  }
  if (isIndexType(node.mediaType)) throw missing(platform)
  return node
}

function missing(platform: string | undefined): StoreNameError {
  return new StoreNameError('NOT_FOUND', `the image has no manifest for ${platform ?? 'any platform'}`, {
    hint: 'tsbuild imagetools inspect NAME lists the platforms',
  })
}
