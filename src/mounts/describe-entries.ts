import type { Digest } from '@tsbuild/oci'
import { parentOf, type Path } from '@tsbuild/tree'
import type { MountEntry, MountPack } from './mount-manifest.ts'
import type { ScannedEntry, ScannedFile } from './scan-mount.ts'

/** A part of a file, by its content. */
export interface FileChunk {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

/** Chunks of the files that are carried, in the order of each file. */
export type Contents = ReadonlyMap<ScannedFile, readonly FileChunk[]>

/**
 * Entries for the files whose chunks are all in the packs, and for everything else that makes sense
 * without the others.
 */
export function describeEntries(
  scanned: readonly ScannedEntry[],
  contents: Contents,
  packs: readonly MountPack[],
): readonly MountEntry[] {
  const numbers = new Map(packs.flatMap(({ chunks }) => chunks).map(({ digest }, index) => [digest, index] as const))
  const files = new Map<Path, readonly number[]>()
  for (const [{ path }, chunks] of contents) {
    const found = chunks.map(({ digest }) => numbers.get(digest))
    if (found.every((number) => number !== undefined)) files.set(path, found)
  }
  const emptied = emptiedDirectories(scanned, files)
  return scanned.flatMap((entry): readonly MountEntry[] => {
    const { path, type } = entry
    if (type === 'hardlink') return files.has(entry.target) ? [entry] : []
    const { owner, stat } = entry
    // Times before 1970 are those of broken clocks.
    const common = { path, ...owner, mtime: stat.mtimeNs < 0n ? 0n : stat.mtimeNs }
    if (type === 'directory') return emptied.has(path) ? [] : [{ type, ...common }]
    if (type === 'symlink') return [{ type, ...common, target: entry.target }]
    const chunks = files.get(path)
    return chunks === undefined ? [] : [{ type, ...common, used: entry.used, chunks }]
  })
}

/** Directories that had files, none of which is carried. */
function emptiedDirectories(scanned: readonly ScannedEntry[], files: ReadonlyMap<Path, unknown>): ReadonlySet<Path> {
  const emptied = new Set<Path>()
  const kept = new Set<Path>([''])
  for (const entry of scanned) {
    if (entry.type === 'directory') continue
    const isCarried = entry.type === 'symlink' || files.has(entry.type === 'file' ? entry.path : entry.target)
    addParents(entry.path, isCarried ? kept : emptied)
  }
  for (const path of kept) emptied.delete(path)
  return emptied
}

function addParents(path: Path, to: Set<Path>): void {
  for (let at = path; at !== ''; ) {
    at = parentOf(at)
    if (to.has(at)) return
    to.add(at)
  }
}
