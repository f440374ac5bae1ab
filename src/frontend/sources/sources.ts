import type { GitOp, HttpOp, ImageOp, InlineOp, LocalOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { include, namedReads, type Reads } from './include.ts'

/** Vertices without inputs. Equal sources are one vertex. */
export interface SourceVertices {
  /**
   * An image, a repository, a download or literal files. Name and place are those of the first who
   * asks.
   */
  share(op: ImageOp | GitOp | HttpOp | InlineOp, name: string, place?: Pick<Vertex, 'range' | 'written'>): Vertex
  /** Directory of the caller. Its `include` covers all requested paths, once `seal` was called. */
  local(context: string, name: string, reads: Reads): Vertex
  /** Fixes the `include` of each directory; no more paths can be added. */
  seal(): void
}

/** No files: what scratch and linked copies start from. */
export const emptyTree: InlineOp = { kind: 'inline', files: [] }

interface LocalVertex extends Vertex {
  op: LocalOp
}

/** Source vertices of one build. */
export function createSources(): SourceVertices {
  const shared = new Map<string, Vertex>()
  const locals = new Map<string, { readonly vertex: LocalVertex; readonly reads: Reads[] }>()
  return {
    share(op, name, place) {
      const key = JSON.stringify(op)
      const vertex = shared.get(key) ?? { op, inputs: [], name, ...place }
      shared.set(key, vertex)
      return vertex
    },
    local(context, name, reads) {
      const local = locals.get(context) ?? { vertex: { op: { kind: 'local', context }, inputs: [], name }, reads: [] }
      locals.set(context, local)
      local.reads.push(reads)
      return local.vertex
    },
    seal() {
      for (const { vertex, reads } of locals.values()) {
        const paths = include(reads)
        const named = namedReads(reads)
        if (paths) vertex.op = { ...vertex.op, include: paths }
        else if (named.length > 0) vertex.op = { ...vertex.op, named }
      }
    },
  }
}
