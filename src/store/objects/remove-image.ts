import { lstat } from 'node:fs/promises'
import { type OciLayout, reachable, syncDirectory } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { StorePaths } from '../../layer/disk/store-paths.ts'
import { removeObject } from './remove-object.ts'
import type { ObjectOnDisk } from './stored-object.ts'

/**
 * Removes the names of an image, its manifest, then the other blobs that no image needs. Returns
 * the bytes freed. A build that uses the manifest meanwhile keeps the image and its names.
 */
export async function removeImage(
  { image, path }: ObjectOnDisk,
  { images, latest, paths }: { readonly images: OciLayout; readonly latest: number; readonly paths: StorePaths },
): Promise<number | 'used'> {
  if (image === undefined) return 0
  const roots = (await images.roots()).filter(({ digest }) => images.pathOf(digest) === path)
  for (const name of image.names) await images.untag(name).catch(() => undefined)
  await images.dropLooseReferrers()
  // No name outlives its content after a power failure.
  await syncDirectory(paths.layout)
  const needed = await reachable(images, await images.roots())
  const remove = async (digest: Digest): Promise<number | 'used'> => {
    if (needed.has(digest)) return 0
    const blob = images.pathOf(digest)
    const found = await lstat(blob).catch(() => undefined)
    if (found === undefined) return 0
    const outcome = await removeObject({ path: blob, isDirectory: false, type: 'layer' }, latest, paths)
    return outcome === 'removed' ? found.blocks * 512 : 'used'
  }
  let freed = 0
  // The manifest or index comes first: digests begin at the root.
  for (const digest of image.digests) {
    const outcome = await remove(digest)
    if (outcome !== 'used') freed += outcome
    else if (images.pathOf(digest) === path) {
      for (const root of roots) await images.add(root)
      return 'used'
    }
  }
  return freed
}
