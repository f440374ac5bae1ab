import type { ArchiveEntry } from './read-archive.ts'

/**
 * File system that a container would see: the layers applied in order, whiteouts included. Keys are
 * paths without slashes at their ends.
 */
export function mergeLayers<Entry extends Pick<ArchiveEntry, 'path' | 'line'>>(
  layers: readonly (readonly Entry[])[],
): ReadonlyMap<string, Entry> {
  const merged = new Map<string, Entry>()
  const removeBelow = (path: string): void => {
    for (const known of merged.keys()) if (known.startsWith(path === '' ? '' : `${path}/`)) merged.delete(known)
  }
  for (const layer of layers) {
    const added = new Map<string, Entry>()
    for (const entry of layer) {
      const path = entry.path.replace(/\/$/, '')
      const [, parent = '', name = ''] = /^(?:(.*)\/)?([^/]*)$/.exec(path) ?? []
      if (name === '.wh..wh..opq') removeBelow(parent)
      else if (name.startsWith('.wh.')) {
        const victim = [parent, name.slice('.wh.'.length)].filter((part) => part !== '').join('/')
        merged.delete(victim)
        removeBelow(victim)
      } else added.set(path, entry)
    }
    for (const [path, entry] of added) {
      if (!entry.line.startsWith('d')) removeBelow(path)
      merged.set(path, entry)
    }
  }
  return merged
}
