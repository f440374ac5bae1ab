import type { Digest } from '@tsbuild/oci'
import type { Path } from '@tsbuild/tree'
import type { Snapshot } from './layer.ts'

/**
 * Tells which layer of a snapshot put the file at a path there, by diffId; undefined for what no
 * layer has.
 */
export async function layerFinder(snapshot: Snapshot): Promise<(path: Path) => Digest | undefined> {
  const layers = await Promise.all(
    snapshot.map(async (layer) => ({ diff: await layer.diff(), diffId: await layer.diffId() })),
  )
  return (path) => layers.findLast(({ diff }) => diff.get(path)?.type === 'set')?.diffId
}
