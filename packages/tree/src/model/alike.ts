import type { Entry } from './entry.ts'
import { layerXattrs } from './layer-xattrs.ts'

/**
 * True for entries that agree in all that a layer holds but the contents of files, of which only
 * the sizes are compared.
 */
export function isAlike(a: Entry, b: Entry): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.mtime !== b.mtime || !hasSameXattrs(a, b))
    return false
  switch (a.type) {
    case 'file':
      return b.type === 'file' && a.content.size === b.content.size
    case 'symlink':
    case 'hardlink':
      return b.type === a.type && a.target === b.target
    case 'device':
      return b.type === 'device' && a.kind === b.kind && a.major === b.major && a.minor === b.minor
    case 'directory':
    case 'fifo':
      return b.type === a.type
  }
}

/** True for entries with the same extended attributes, as far as a layer holds them. */
export function hasSameXattrs({ xattrs: a }: Entry, { xattrs: b }: Entry): boolean {
  if (a === undefined && b === undefined) return true
  const [one, other] = [[...(layerXattrs(a) ?? [])], [...(layerXattrs(b) ?? [])]]
  return (
    one.length === other.length &&
    one.every(([name, value], index) => name === other[index]?.[0] && Buffer.compare(value, other[index][1]) === 0)
  )
}
