import {
  chmodSync,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  type Stats,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Libc } from './libc.ts'

/** Copies a file or a directory with everything in it to a name that does not exist: owners, modes, times, hard links, devices and FIFOs; not sockets. */
export function copyTree(from: string, to: string, libc: Libc): void {
  copy(from, to, { libc, links: new Map() })
}

interface Copying {
  readonly libc: Libc
  /** First copies of files with several names, by inode. */
  readonly links: Map<string, string>
}

function copy(from: string, to: string, copying: Copying): void {
  const stat = lstatSync(from)
  const inode = `${stat.dev}:${stat.ino}`
  const first = copying.links.get(inode)
  if (first !== undefined) return linkSync(first, to)
  if (stat.isSocket()) return
  if (stat.nlink > 1 && !stat.isDirectory()) copying.links.set(inode, to)
  if (stat.isDirectory()) {
    mkdirSync(to, { mode: 0o700 })
    for (const name of readdirSync(from)) copy(join(from, name), join(to, name), copying)
  } else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
  else if (stat.isFile()) copyFileSync(from, to)
  else copying.libc.makeNode(to, stat.mode, stat.rdev)
  restore(to, stat)
}

function restore(path: string, stat: Stats): void {
  lchownSync(path, stat.uid, stat.gid)
  if (!stat.isSymbolicLink()) chmodSync(path, stat.mode & 0o7777)
  lutimesSync(path, stat.atimeMs / 1000, stat.mtimeMs / 1000)
}
