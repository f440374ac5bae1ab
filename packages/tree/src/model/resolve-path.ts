import type { EntryOf, Path } from './entry.ts'
import { TreeError } from './errors.ts'
import { joinPath, parentOf } from './path.ts'

const mostLinks = 255

/**
 * The path that `path` leads to when the symlinks on it are followed, as `chroot` would: absolute
 * targets start at the root, `..` stops there. `path` may be absolute and contain `.` and `..`.
 * What does not exist is taken as it is written. With `followLast: false` a symlink at the very end
 * stays. Throws `TreeError` `TOO_MANY_LINKS` after 255 links.
 */
export function resolvePath(
  view: { get(path: Path): EntryOf<unknown> | undefined },
  path: string,
  options: { readonly followLast?: boolean } = {},
): Path {
  const rest = path.split('/').reverse()
  let at: Path = ''
  let links = 0
  while (rest.length > 0) {
    const component = rest.pop()
    if (component === undefined || component === '' || component === '.') continue
    if (component === '..') {
      at = parentOf(at)
      continue
    }
    const next = joinPath(at, component)
    const isLast = rest.every((later) => later === '' || later === '.')
    const entry = isLast && options.followLast === false ? undefined : view.get(next)
    if (entry?.type !== 'symlink') {
      at = next
      continue
    }
    links += 1
    if (links > mostLinks) throw new TreeError('TOO_MANY_LINKS', `too many symlinks on the way to "${path}"`, { path })
    if (entry.target.startsWith('/')) at = ''
    rest.push(...entry.target.split('/').reverse())
  }
  return at
}
