import type { Diff } from '@tsbuild/tree'
import type { LayeredImage } from './open-layers.ts'

/** Changes of all layers of an image that are held at once; each takes about 400 bytes. */
const mostChanges = 2_000_000

/** The changes of the layers of an image, the lowest first. */
export interface ReadLayers {
  readonly diffs: readonly Diff[]
  /** Remarks for people about parts that are left out. */
  readonly notes: readonly string[]
}

/**
 * Reads the changes of the layers. Layers above the bound count as empty, with a note. Rejects when
 * a layer cannot be read.
 */
export async function readLayers(
  { layers }: Pick<LayeredImage, 'layers'>,
  limit: number = mostChanges,
): Promise<ReadLayers> {
  const diffs: Diff[] = []
  const notes: string[] = []
  let changes = 0
  for (const [index, { layer }] of layers.entries()) {
    const diff = changes < limit ? await layer.diff() : undefined
    if (diff === undefined || changes + diff.size > limit) {
      const count = diff === undefined ? '' : `: it has ${diff.size} entries`
      notes.push(`layer ${index + 1} is left out${count}, and the report reads ${limit} of an image`)
      changes = limit
      diffs.push(new Map())
      continue
    }
    changes += diff.size
    diffs.push(diff)
  }
  return { diffs, notes }
}
