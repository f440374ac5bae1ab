import { contentOf, type Entry, type Path, type Tree, viewOf } from '@tsbuild/tree'
import { type ScanOptions, type ScanResult, scanTree } from '../scan-tree.ts'

const owned = { mode: 0o644, uid: 0, gid: 0, mtime: 0 }

/** A tree of these files; programs are what may be executed. */
export function treeOf(files: Readonly<Record<Path, string | Uint8Array>>, programs: readonly Path[] = []): Tree {
  const entries = Object.entries(files).map(([path, content]): [Path, Entry] => [
    path,
    { ...owned, ...(programs.includes(path) && { mode: 0o755 }), type: 'file', content: contentOf(content) },
  ])
  return new Map(entries)
}

/** Result of scanning these files. */
export function scanFiles(
  files: Readonly<Record<Path, string | Uint8Array>>,
  options: ScanOptions = {},
): Promise<ScanResult> {
  return scanTree(viewOf(treeOf(files)), options)
}

/** Result of scanning these bytes as a program. */
export function scanProgram(bytes: Uint8Array): Promise<ScanResult> {
  return scanTree(viewOf(treeOf({ 'bin/p': bytes }, ['bin/p'])))
}
