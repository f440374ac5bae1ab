import { rm } from 'node:fs/promises'
import { OciLayout, readInput } from '@tsbuild/content'
import type { LayerStore } from '../../layer/layer-store.ts'
import { type LoadedImage, loadImages } from '../load-images.ts'
import { makeTemporaryDirectory } from './temporary-directory.ts'

/**
 * Unpacks an archive of images into a layout of its own beside the store, so that parts can be read
 * in any order and move into the store by a hard link. `remove` deletes the layout.
 */
export async function openArchive(
  file: string,
  store: LayerStore,
  signal: AbortSignal,
): Promise<{ readonly layout: OciLayout; readonly images: readonly LoadedImage[]; remove(): Promise<void> }> {
  const directory = await makeTemporaryDirectory(store, 'archive')
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const layout = await OciLayout.create(directory)
    const images = await loadImages(layout, { archive: readInput(file, signal), name: `"${file}"` })
    return { layout, images, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
