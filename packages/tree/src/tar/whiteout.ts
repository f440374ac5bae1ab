import type { Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { joinPath, nameOf, parentOf } from '../model/path.ts'

const prefix = '.wh.'

/**
 * A name that begins with the prefix twice, unless the whole path ends with the mark of an opaque
 * directory.
 */
const hidden = /(?:^|\/)\.wh\.\.wh\.(?!\.opq$)/

/**
 * The entry whose presence in a layer hides what lower layers have in its directory (image-spec,
 * layer.md § Opaque Whiteout).
 */
export const opaqueName = '.wh..wh..opq'

/** Path of the whiteout that removes `path` (image-spec, layer.md § Whiteouts). */
export function whiteoutPath(path: Path): Path {
  return joinPath(parentOf(path), `${prefix}${nameOf(path)}`)
}

/** Refuses names that every reader of a layer would take for a removal. */
export function checkNotReserved(path: Path): void {
  if (!nameOf(path).startsWith(prefix)) return
  throw new TreeError(
    'NAME_RESERVED',
    `cannot put "${path}" into a layer: names that start with "${prefix}" mark removals there`,
    { path },
  )
}

/** Meaning of a name in a layer besides itself. */
export type Marker =
  | { readonly type: 'remove'; readonly path: Path }
  | { readonly type: 'opaque'; readonly path: Path }
  /** Bookkeeping of AUFS, of no meaning in an image but for the hard links that lead to it. */
  | { readonly type: 'ignore' }

/** Path up to the bookkeeping of AUFS in it, such as `.wh..wh.plnk`; undefined without any. */
export function hiddenRoot(path: Path): Path | undefined {
  const found = hidden.exec(path)
  if (found === null) return undefined
  const end = path.indexOf('/', found.index + 1)
  return end < 0 ? path : path.slice(0, end)
}

/** Tells which mark, if any, an entry of a layer is. */
export function markerAt(path: Path): Marker | undefined {
  if (hidden.test(path)) return { type: 'ignore' }
  const name = nameOf(path)
  if (!name.startsWith(prefix)) return undefined
  if (name === opaqueName) return { type: 'opaque', path: parentOf(path) }
  const removed = name.slice(prefix.length)
  if (removed !== '' && removed !== '.' && removed !== '..')
    return { type: 'remove', path: joinPath(parentOf(path), removed) }
  throw new TreeError('LAYER_PATH_ESCAPE', `layer removes "${removed}" by the entry "${path}"`, { path })
}
