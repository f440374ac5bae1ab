import type { Vertex } from '../../graph/vertex.ts'
import type { BuildOptions } from '../../options.ts'

/**
 * Steps that must run again: those of all stages, or of the named ones. WORKDIR may always come
 * from the cache.
 */
export function cacheFilter(noCache: BuildOptions['noCache'] = false): (vertex: Vertex) => boolean {
  const stages = typeof noCache === 'boolean' ? undefined : new Set(noCache.map((stage) => stage.toLowerCase()))
  return ({ op, stage = '' }) => {
    if (noCache === false || (op.kind !== 'run' && op.kind !== 'copy')) return false
    return stages === undefined || stages.has(stage.toLowerCase())
  }
}
