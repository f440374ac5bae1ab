import { type ContentSource, fetchAll } from '@tsbuild/content'
import { type Descriptor, findManifest, hostPlatform, isManifestType, parseIndex } from '@tsbuild/oci'
import { wantedPlatform } from '../stored-images.ts'
import { StoreNameError } from '../store-name-error.ts'

const maximumDocument = 4 << 20

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
  let first: Descriptor | undefined
  const read = async (index: Descriptor): Promise<readonly Descriptor[]> => {
    const { manifests } = parseIndex(await fetchAll(content, index, maximumDocument))
    first ??= manifests.find(({ mediaType }) => isManifestType(mediaType))
    return manifests
  }
  const found = (await findManifest(root, wanted ?? host, read)) ?? (wanted === undefined ? first : undefined)
  if (found === undefined) throw missing(platform)
  return found
}

function missing(platform: string | undefined): StoreNameError {
  return new StoreNameError('NOT_FOUND', `the image has no manifest for ${platform ?? 'any platform'}`, {
    hint: 'tsbuild imagetools inspect NAME lists the platforms',
  })
}
