import type { Vertex } from '../graph/vertex.ts'
import { layerEntry } from './state/history.ts'
import type { LoweredTarget } from './state/lowered.ts'

type Layered = Pick<LoweredTarget, 'rootfs' | 'layers' | 'history'>

/**
 * The same file system with the layers above the first `keep` joined into one. The history keeps
 * its entries, which have no layer any more, and gets one for the layer; `since` is the first entry
 * whose layer is joined.
 */
export function squashLayers(
  { rootfs, layers, history }: Layered,
  { keep, since }: { readonly keep: number; readonly since: number },
): Layered {
  const joined = layers - keep
  if (joined <= 0) return { rootfs, layers, history }
  const name = `squash ${joined} ${joined === 1 ? 'layer' : 'layers'}`
  const emptied = history.map((entry, index) => (index < since ? entry : { ...entry, empty_layer: true }))
  return {
    rootfs: { op: { kind: 'squash', keep }, inputs: [rootfs], name },
    layers: keep + 1,
    history: [...emptied, layerEntry(`${name} # tsbuild`)],
  }
}

/** The vertex at the bottom of a file system: a base image, or the content that it begins with. */
export function baseVertex(rootfs: Vertex): Vertex {
  let at = rootfs
  for (let below: Vertex | undefined = at; below !== undefined; [below] = at.inputs) at = below
  return at
}
