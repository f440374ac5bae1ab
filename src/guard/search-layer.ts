import type { Bytes } from '@tsbuild/content'
import { readTar, type TarEntry } from '@tsbuild/tar'
import type { PatternSearch } from './pattern-search.ts'

/** A secret in a layer. */
export interface LayerHit {
  readonly id: string
  /** Path of the file, masked. */
  readonly path: string
  readonly where: 'content' | 'name' | 'link target' | 'extended attribute'
}

/**
 * Searches the plain tar of a layer, while it streams, until something is found: names, link
 * targets, extended attributes and content.
 */
export async function searchLayer(tar: Bytes, search: PatternSearch): Promise<LayerHit | undefined> {
  for await (const { entry, body } of readTar(tar)) {
    const path = search.mask(entry.path)
    for (const [where, bytes] of listMetadata(entry)) {
      const found = search.find(bytes)
      if (found) return { id: found.id, path, where }
    }
    if (entry.type !== 'file') continue
    const id = await search.findIn(body)
    if (id !== undefined) return { id, path, where: 'content' }
  }
  return undefined
}

function listMetadata(entry: TarEntry): readonly (readonly [LayerHit['where'], Uint8Array])[] {
  const target = 'target' in entry ? [['link target', Buffer.from(entry.target)] as const] : []
  const attributes = [...(entry.xattrs ?? [])].flatMap(([name, value]) =>
    [Buffer.from(name), value].map((bytes) => ['extended attribute', bytes] as const),
  )
  return [['name', Buffer.from(entry.path)], ...target, ...attributes]
}
