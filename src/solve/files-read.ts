import { type Entry, type SelectOptions, selectSources, type SourcePattern, type TreeView } from '@tsbuild/tree'
import type { FilesRead } from './executor.ts'

/** Digits of a digest that tell two contents apart for people. */
const shown = 12

/** Files that these sources select, by their path in the file system. Throws as `selectSources`. */
export function filesRead(view: TreeView, sources: readonly SourcePattern[], options: SelectOptions = {}): FilesRead {
  const files = new Map<string, readonly [string, string]>()
  for (const source of sources)
    for (const { path, entry, contents } of selectSources(view, source, options)) {
      if (entry.type !== 'directory') files.set(path, describe(entry))
      else
        for (const item of contents) files.set(path === '' ? item.path : `${path}/${item.path}`, describe(item.entry))
    }
  return files
}

function describe(entry: Entry): readonly [content: string, metadata: string] {
  const { mode, uid, gid, xattrs } = entry
  return [describeContent(entry), `${mode.toString(8)} ${uid}:${gid} ${xattrs?.size ?? 0}`]
}

function describeContent(entry: Entry): string {
  switch (entry.type) {
    case 'file':
      return entry.content.digest?.slice(-shown) ?? ''
    case 'symlink':
    case 'hardlink':
      return `${entry.type} ${entry.target}`
    default:
      return entry.type
  }
}
