import type { EntryOf, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { joinPath, nameOf, parentOf } from '../model/path.ts'
import { resolvePath } from '../model/resolve-path.ts'

const unclean = /(?:^|\/)\.{0,2}(?:\/|$)/

/**
 * Path below a root for a name in an archive: leading slashes and `.` are dropped, `..` removes a
 * component. `undefined` when it leads out.
 */
export function cleanPath(name: string): Path | undefined {
  if (!unclean.test(name)) return name
  const parts: string[] = []
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

/**
 * The place a layer's entry has in its tree; throws `TreeError` `LAYER_PATH_ESCAPE` for a name that
 * leads out of it.
 */
export function layerPath(name: string, offset: number): Path {
  const path = cleanPath(name)
  if (path !== undefined) return path
  throw new TreeError(
    'LAYER_PATH_ESCAPE',
    `layer has the entry "${name}" (at byte ${offset}), which leads out of its root`,
    { path: name },
  )
}

/**
 * A path with the symlinks above it followed, as far as they are among `put`, the entries of the
 * layer itself: a file below a symlink of its own layer is a file of the directory that the symlink
 * leads to, as containerd and Docker unpack it. Symlinks of lower layers are replaced by a
 * directory.
 */
export function throughLinks(put: { get(path: Path): EntryOf<unknown> | undefined }, path: Path): Path {
  return joinPath(resolvePath(put, parentOf(path)), nameOf(path))
}

/**
 * The error for a hard link to what its layer does not have, at least not yet; containerd and
 * Docker refuse it, too.
 */
export function missingTarget(path: Path, target: Path, cause?: unknown): TreeError {
  return new TreeError('LINK_TARGET_MISSING', `layer links "${path}" to "${target}", which it does not have`, {
    path,
    cause,
    hint: 'rebuild the image in one layer: a hard link cannot point into another layer',
  })
}
