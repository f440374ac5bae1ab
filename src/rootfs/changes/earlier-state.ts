import type { Digest } from '@tsbuild/oci'
import {
  type Entry,
  hashFiles,
  HostDirectory,
  HostFile,
  type Path,
  resolveHardlink,
  type Tree,
  type TreeView,
  viewOf,
} from '@tsbuild/tree'

/** One path of a file system before a process changed it. */
export interface EarlierEntry {
  /** A hard link is the file it leads to. */
  readonly entry: Entry
  /** The same for all names of a file, and for nothing else. */
  readonly inode: string
  /** Number of names that the file has. */
  readonly links: number
}

/** The file system before a process changed it. */
export interface EarlierState {
  find(path: Path): EarlierEntry | undefined
  /** Names in a directory. */
  names(directory: Path): readonly string[]
  /** Digests of the contents of files, as far as they are known or can be read. */
  digests(paths: readonly Path[]): Promise<ReadonlyMap<Path, Digest>>
}

/** The state that a directory shows, in which nothing changes. */
export function shownState(root: string): EarlierState {
  const directory = new HostDirectory(root)
  return {
    find: (path) => {
      const found = directory.find(path)
      return found && { entry: found.entry, inode: String(found.stat.ino), links: Number(found.stat.nlink) }
    },
    names: (path) => directory.names(path),
    digests: async (paths) => {
      const files = new Map<Path, HostFile>()
      for (const path of paths) {
        const entry = directory.find(path)?.entry
        if (entry?.type === 'file' && entry.content instanceof HostFile) files.set(path, entry.content)
      }
      await hashFiles([...files.values()], {})
      return knownDigests([...files])
    },
  }
}

/** The state that a tree is, with digests of all contents. */
export function treeState(tree: Tree): EarlierState {
  const view: TreeView = { get: (path) => tree.get(path), children: (path) => viewOf(tree).children(path) }
  const find = (path: Path): EarlierEntry | undefined => {
    const found = tree.get(path)
    const entry = found && resolveHardlink(view, found)
    return found && entry && { entry, inode: found.type === 'hardlink' ? found.target : path, links: 0 }
  }
  return {
    find,
    names: (path) => view.children(path),
    digests: async (paths) => {
      const contents = paths.flatMap((path) => {
        const entry = find(path)?.entry
        return entry?.type === 'file' ? [[path, entry.content] as const] : []
      })
      return knownDigests(contents)
    },
  }
}

function knownDigests(
  contents: Iterable<readonly [Path, { readonly digest?: Digest | undefined }]>,
): ReadonlyMap<Path, Digest> {
  const digests = new Map<Path, Digest>()
  for (const [path, { digest }] of contents) if (digest !== undefined) digests.set(path, digest)
  return digests
}
