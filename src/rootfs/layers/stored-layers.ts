import { join } from 'node:path'
import { digestOf } from '@tsbuild/oci'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteDirectoryUse } from '../../layer/disk/note-use.ts'
import { snapshotView } from '../../layer/snapshot-view.ts'
import type { StoredLayer, Strategy } from '../protocol/agent-protocol.ts'
import { directoriesAt, impliedDirectories } from './implied-directories.ts'
import { type DiskNames, unpackedName } from './unpacked-name.ts'

/** The store of layers, and their use. */
export interface LayerPlace extends DiskNames {
  readonly store: LayerStore
  readonly strategy: Strategy
}

/**
 * The layers of a snapshot as the agent needs them. What is unpacked need not be in the store, nor
 * be fetched.
 */
export function storedLayers(snapshot: Snapshot, place: LayerPlace): Promise<readonly StoredLayer[]> {
  return Promise.all(snapshot.map((layer, index) => storedLayer(layer, snapshot.slice(0, index), place)))
}

async function storedLayer(
  layer: Layer,
  below: Snapshot,
  { store, strategy, ...names }: LayerPlace,
): Promise<StoredLayer> {
  const diffId = await layer.diffId()
  if (strategy === 'clone') return { diffId, unpackedAs: diffId, blob: await layer.blob() }
  const chain = await Promise.all([...below, layer].map((one) => one.diffId()))
  const chained = digestOf(chain.join('\n'))
  // A layer is always shared or never, so that finding it tells which.
  for (const unpackedAs of [diffId, chained]) {
    if (noteDirectoryUse(join(store.paths.unpacked, unpackedName(unpackedAs, names)))) return { diffId, unpackedAs }
  }
  const implied = impliedDirectories(await layer.diff())
  const blob = await layer.blob()
  if (implied.size === 0) return { diffId, unpackedAs: diffId, blob }
  return { diffId, unpackedAs: chained, blob, implied: directoriesAt(implied, await snapshotView(below)) }
}
