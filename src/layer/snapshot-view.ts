import { layeredView, type TreeView } from '@tsbuild/tree'
import type { Snapshot } from './layer.ts'

const views = new WeakMap<Snapshot, Promise<TreeView>>()

/**
 * Read access to a file-system state, through the indexes of its layers. Made once for each
 * snapshot.
 */
export function snapshotView(snapshot: Snapshot): Promise<TreeView> {
  const known = views.get(snapshot)
  if (known) return known
  const made = Promise.all(snapshot.map((layer) => layer.diff())).then(layeredView)
  views.set(snapshot, made)
  return made
}
