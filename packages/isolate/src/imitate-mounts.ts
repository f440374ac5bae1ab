import { chmodSync, chownSync, lstatSync, mkdirSync, renameSync, rmSync, type Stats, statSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'
import { copyTree } from './copy-tree.ts'
import { forwardSocket } from './forward-socket.ts'
import type { Libc } from './libc.ts'
import { MountPoints } from './mount-points.ts'
import type { Mount } from './process.ts'

/** A mount, or a device file, which a rootfs without its own /dev has to be given. */
export type Imitated = Mount | { readonly type: 'device'; readonly target: string; readonly source: string }

/**
 * Stands in for mounts where there is no right to mount: puts copies in place, writable directories themselves, and takes
 * them away again. What lay there is kept beside the rootfs meanwhile, which must be on the same file system. Nothing is
 * read-only. Dispose when the process has ended.
 */
export class ImitatedMounts implements Disposable {
  readonly #rootfs: string
  readonly #libc: Libc
  readonly #points: MountPoints
  readonly #undo: (() => void)[] = []

  constructor(rootfs: string, libc: Libc) {
    this.#rootfs = rootfs
    this.#libc = libc
    this.#points = new MountPoints(rootfs)
  }

  /** Puts one in place; sources are host paths. */
  add(mount: Imitated): void {
    const directory = mount.type === 'tmpfs' || (mount.type === 'bind' && mount.directory)
    const path = this.#points.make({ target: mount.target, directory, ...(mount.type === 'tmpfs' ? { mode: 0o1777 } : {}) })
    const covered = lstatSync(path).mode & 0o7777
    const aside = `${this.#rootfs}.aside-${this.#undo.length}`
    const parent = dirname(path)
    const before = lstatSync(parent)
    renameSync(path, aside)
    const takeAway = this.#put(mount, path, covered)
    const after = lstatSync(parent)
    this.#undo.push(() => {
      takeAway()
      const now = lstatSync(parent)
      rmSync(path, { recursive: true, force: true })
      renameSync(aside, path)
      // A directory that the process has changed itself keeps the time of that.
      setTimes(parent, now.mtimeMs === after.mtimeMs ? before : now)
    })
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.toReversed()) undo()
    this.#points.remove()
  }

  /** Returns what has to be done before the path is removed. `covered`: mode of what lay there. */
  #put(mount: Imitated, path: string, covered: number): () => void {
    if (mount.type === 'tmpfs') return makeDirectory(path, mount.mode ?? covered)
    if (mount.type === 'device') return this.#putDevice(mount.source, path)
    if (lstatSync(mount.source).isSocket()) return putSocket(mount.source, path)
    if (mount.readonly || !mount.directory || !tryRename(mount.source, path)) {
      copyTree(mount.source, path, this.#libc)
      return mount.readonly || !mount.directory ? () => {} : () => this.#copyBack(path, mount.source)
    }
    return () => void tryRename(path, mount.source)
  }

  #putDevice(source: string, path: string): () => void {
    const { mode, rdev } = statSync(source)
    this.#libc.makeNode(path, mode, rdev)
    chmodSync(path, 0o666)
    return () => {}
  }

  #copyBack(path: string, source: string): void {
    const fresh = `${source}.new`
    copyTree(path, fresh, this.#libc)
    rmSync(source, { recursive: true })
    renameSync(fresh, source)
  }
}

/** False when the two are on different file systems. */
function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EXDEV') return false
    throw error
  }
}

function makeDirectory(path: string, mode: number): () => void {
  mkdirSync(path)
  chmodSync(path, mode)
  return () => {}
}

function putSocket(source: string, path: string): () => void {
  const { mode, uid, gid } = lstatSync(source)
  const forwarding = forwardSocket(source, path)
  chmodSync(path, mode & 0o7777)
  chownSync(path, uid, gid)
  return () => forwarding[Symbol.dispose]()
}

function setTimes(path: string, { atimeMs, mtimeMs }: Stats): void {
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000)
}
