import { readTar, type TarItem } from '@tsbuild/tar'
import { digestOfStream } from '../model/content-hash.ts'
import type { LocatedChange } from '../model/diff.ts'
import type { EntryOf, LocatedContent } from '../model/entry.ts'
import { LayerContents } from './layer-contents.ts'
import { layerPath } from './layer-path.ts'
import { entryOfTar } from './tar-entry.ts'
import { markerAt } from './whiteout.ts'

/**
 * Changes of a layer tar (image-spec, layer.md), with digest and place of every content, each
 * path once; they come when the whole tar has been read. Of entries that exclude each other the
 * later one counts. Names are confined to the root: `LAYER_PATH_ESCAPE` is thrown for one that
 * climbs out. Symlinks may point anywhere, they are data here.
 */
export async function* indexTar(tar: AsyncIterable<Uint8Array>): AsyncGenerator<LocatedChange, void, undefined> {
  const layer = new LayerContents()
  for await (const item of readTar(tar)) {
    const path = layer.place(layerPath(item.entry.path, item.offset))
    const marker = markerAt(path)
    if (marker !== undefined) layer.mark(marker)
    if (marker === undefined || (marker.type === 'ignore' && item.entry.type !== 'directory'))
      layer.put(path, await locate(item, layer))
  }
  yield* layer.changes()
}

async function locate(
  { entry, offset, stored, body }: TarItem,
  layer: LayerContents,
): Promise<EntryOf<LocatedContent>> {
  const size = entry.type === 'file' ? entry.size : 0
  const target = entry.type === 'hardlink' ? layer.place(layerPath(entry.target, offset)) : ''
  return entryOfTar(entry, {
    content: { size, digest: await digestOfStream(body), offset, ...(stored && { stored }) },
    target,
  })
}
