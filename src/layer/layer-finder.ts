import type { Digest } from '@tsbuild/oci'
import type { Path } from '@tsbuild/tree'
import type { Snapshot } from './layer.ts'

/**
 * Finds the layer that holds the file at a path, by diffId. Undefined for a path that no layer
 * sets.
 */
export async function layerFinder(snapshot: Snapshot): Promise<(path: Path) => Digest | undefined> {
  const layers = await Promise.all(
    snapshot.map(async (layer) => ({ diff: await layer.diff(), diffId: await layer.diffId() })),
  )
  return (path) => layers.findLast(({ diff }) => diff.get(path)?.type === 'set')?.diffId
}
