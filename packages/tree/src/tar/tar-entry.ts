import type { TarEntry } from '@tsbuild/tar'
import type { EntryOf, Metadata, Path } from '../model/entry.ts'

/** The header of an entry in an archive; the root is called `.` there. */
export function toTarEntry(path: Path, entry: EntryOf<{ readonly size: number }>): TarEntry {
  const named = path === '' ? '.' : path
  if (entry.type !== 'file') return { ...entry, path: named }
  const { content, ...rest } = entry
  return { ...rest, path: named, size: content.size }
}

/**
 * Tree entry of an archive entry. The caller gives `content` and `target`, because it resolves
 * names.
 */
export function entryOfTar<Content>(
  item: TarEntry,
  found: { readonly content: Content; readonly target: Path },
): EntryOf<Content> {
  const { mode, uid, gid, mtime, xattrs } = item
  const metadata: Metadata = xattrs === undefined ? { mode, uid, gid, mtime } : { mode, uid, gid, mtime, xattrs }
  switch (item.type) {
    case 'file':
      return { ...metadata, type: 'file', content: found.content }
    case 'hardlink':
      return { ...metadata, type: 'hardlink', target: found.target }
    case 'symlink':
      return { ...metadata, type: 'symlink', target: item.target }
    case 'device':
      return { ...metadata, type: 'device', kind: item.kind, major: item.major, minor: item.minor }
    case 'directory':
    case 'fifo':
      return { ...metadata, type: item.type }
  }
}
