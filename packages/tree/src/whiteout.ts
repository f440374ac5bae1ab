import type { Path } from './entry.ts'
import { TreeError } from './errors.ts'
import { joinPath, nameOf, parentOf } from './path.ts'

const prefix = '.wh.'

/** The entry whose presence in a layer hides what lower layers have in its directory (image-spec, layer.md § Opaque Whiteout). */
export const opaqueName = '.wh..wh..opq'

/** Where a layer says that `path` is removed (image-spec, layer.md § Whiteouts). */
export function whiteoutOf(path: Path): Path {
  return joinPath(parentOf(path), `${prefix}${nameOf(path)}`)
}

/** Refuses names that every reader of a layer would take for a removal. */
export function checkNotReserved(path: Path): void {
  if (!nameOf(path).startsWith(prefix)) return
  throw new TreeError('NAME_RESERVED', `Cannot put "${path}" into a layer: names that start with "${prefix}" mark removals there`, { path })
}

/** What a name in a layer means besides itself. */
export type Marker =
  | { readonly type: 'remove'; readonly path: Path }
  | { readonly type: 'opaque'; readonly path: Path }
  /** Bookkeeping of AUFS, of no meaning in an image. */
  | { readonly type: 'ignore' }

/** Tells which mark, if any, an entry of a layer is. */
export function markerAt(path: Path): Marker | undefined {
  const name = nameOf(path)
  if (!name.startsWith(prefix)) return undefined
  if (name === opaqueName) return { type: 'opaque', path: parentOf(path) }
  if (name.startsWith(`${prefix}${prefix}`)) return { type: 'ignore' }
  const hidden = name.slice(prefix.length)
  if (hidden !== '' && hidden !== '.' && hidden !== '..') return { type: 'remove', path: joinPath(parentOf(path), hidden) }
  throw new TreeError('LAYER_PATH_ESCAPE', `Layer removes "${hidden}" by the entry "${path}"`, { path })
}
