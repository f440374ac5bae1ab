import { lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

const mostLinks = 255

/**
 * Target of `path` for a process whose root is `root`: absolute in that root, without symbolic
 * links as far as it exists. `..` and absolute links stop at the root. Throws an `ELOOP` error
 * after 255 links. Valid while no other process writes there.
 */
export function resolveInRoot(root: string, path: string): string {
  const rest = path.split('/').reverse()
  const found: string[] = []
  for (let links = 0; rest.length > 0; ) {
    const name = rest.pop()
    if (name === undefined || name === '' || name === '.') continue
    if (name === '..') {
      found.pop()
      continue
    }
    const target = readLink(join(root, ...found, name))
    if (target === undefined) {
      found.push(name)
      continue
    }
    links += 1
    if (links > mostLinks)
      throw Object.assign(new Error(`too many symbolic links on the way to "${path}"`), { code: 'ELOOP' })
    if (target.startsWith('/')) found.length = 0
    rest.push(...target.split('/').reverse())
  }
  return `/${found.join('/')}`
}

/** Target of a symbolic link; undefined for other files and missing ones. */
function readLink(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    // A file where a directory was expected.
    return undefined
  }
}
