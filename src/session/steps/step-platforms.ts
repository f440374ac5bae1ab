import { formatPlatform } from '@tsbuild/oci'
import type { LoweredTarget } from '../../frontend/state/lowered.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { walk } from '../../graph/walk.ts'

/** The platform of each vertex that only one target needs. */
export function stepPlatforms(targets: readonly LoweredTarget[]): ReadonlyMap<Vertex, string> {
  const platforms = new Map<Vertex, string>()
  const shared = new Set<Vertex>()
  for (const { rootfs, platform } of targets) {
    walk(rootfs, (vertex) => {
      if (platforms.has(vertex)) shared.add(vertex)
      platforms.set(vertex, formatPlatform(platform))
    })
  }
  for (const vertex of shared) platforms.delete(vertex)
  return platforms
}
