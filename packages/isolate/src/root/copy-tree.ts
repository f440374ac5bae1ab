import {
  chmodSync,
  constants,
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
import { copyXattrs } from './copy-xattrs.ts'
import type { Libc } from '../machine/libc.ts'

/**
 * Copies a file or a directory with everything in it to a name that does not exist: owners, modes,
 * times, extended attributes, hard links, devices and FIFOs; not sockets. Contents share their
 * blocks where the file system can do that.
 */
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
  else if (stat.isFile()) copyFileSync(from, to, constants.COPYFILE_FICLONE)
  else copying.libc.makeNode(to, stat.mode, stat.rdev)
  restore(from, to, stat)
}

/**
 * The owner first, which takes capabilities away; the mode after an ACL, which has it as a part.
 */
function restore(from: string, to: string, stat: Stats): void {
  lchownSync(to, stat.uid, stat.gid)
  copyXattrs(from, to)
  if (!stat.isSymbolicLink()) chmodSync(to, stat.mode & 0o7777)
  lutimesSync(to, stat.atimeMs / 1000, stat.mtimeMs / 1000)
}
