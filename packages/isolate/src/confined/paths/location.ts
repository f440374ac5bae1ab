import type { MountTable, OpenMount } from './mount-table.ts'

/** A directory that absolute paths begin in, and that `..` does not leave. */
export interface Root {
  /** Opened with `O_PATH`. */
  readonly fd: number
  /** Path in the guest; empty for the guest's own root directory. */
  readonly path: string
  readonly mount: OpenMount
}

/** Limits of openat2(2) to where a path may lead. */
export interface Restrictions {
  /** A path that would leave its root is an error. */
  readonly staysBelow: boolean
  readonly noSymlinks: boolean
}

/** Place of a file below a root. */
export interface Location {
  readonly root: Root
  /** Absolute, below the root. */
  readonly text: string
  readonly restrictions?: Restrictions | undefined
}

/** Root directory of the guest. */
export function guestRoot({ root }: MountTable): Root {
  return { fd: root.fd, path: '', mount: root }
}

/** Path of a location in the guest, before any symlink is followed. */
export function guestPath({ root, text }: Location): string {
  return root.path + text
}

/** The location of a path of the guest: below a root where it lies there, else in the guest's. */
export function locate(path: string, root: Root, mounts: MountTable): Location {
  const isBelow = path.startsWith(root.path) && (path.length === root.path.length || path[root.path.length] === '/')
  return isBelow ? { root, text: path.slice(root.path.length) || '/' } : { root: guestRoot(mounts), text: path }
}

/**
 * The last name of an absolute path and the path above it. A path that ends in no name is a
 * directory itself.
 */
export function splitLast(text: string): { readonly above: string; readonly name: string } {
  const end = text.replace(/\/+$/, '').length
  const at = text.lastIndexOf('/', end - 1)
  const last = text.slice(at + 1, end)
  if (last === '' || last === '.' || last === '..') return { above: text, name: '.' }
  return { above: text.slice(0, at + 1), name: text.slice(at + 1) }
}
