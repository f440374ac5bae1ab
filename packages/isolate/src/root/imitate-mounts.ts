import { chmodSync, chownSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { copyTree } from './copy-tree.ts'
import { Cover } from './cover.ts'
import { DirectoryTimes } from './directory-times.ts'
import { forwardSocket } from './forward-socket.ts'
import type { Libc } from '../machine/libc.ts'
import { MountPoints } from './mount-points.ts'
import type { Mount } from '../model/process.ts'

/** A mount, or a device file, which a rootfs without its own /dev has to be given. */
export type Imitated = Mount | { readonly type: 'device'; readonly target: string; readonly source: string }

/**
 * Imitates mounts for a process without the right to mount: puts copies in place, writable
 * directories themselves, and removes them again. Meanwhile the covered file is kept beside the
 * rootfs, which must be on the same file system. Mounts cannot be read-only. Dispose when the
 * process has ended.
 */
export class ImitatedMounts implements Disposable {
  readonly #rootfs: string
  readonly #libc: Libc
  readonly #times: DirectoryTimes
  readonly #points: MountPoints
  readonly #covers: Cover[] = []

  constructor(rootfs: string, libc: Libc) {
    this.#rootfs = rootfs
    this.#libc = libc
    this.#times = new DirectoryTimes(libc)
    this.#points = new MountPoints(rootfs, this.#times)
  }

  /** Puts one in place; sources are host paths. */
  add(mount: Imitated): void {
    const directory = mount.type === 'tmpfs' || (mount.type === 'bind' && mount.directory)
    const path = this.#points.make({
      target: mount.target,
      directory,
      ...(mount.type === 'tmpfs' && { mode: 0o1777 }),
    })
    const covered = lstatSync(path).mode & 0o7777
    const options = { rootfs: this.#rootfs, aside: `${this.#rootfs}.aside-${this.#covers.length}`, times: this.#times }
    this.#covers.push(new Cover(path, options, () => this.#put(mount, path, covered)))
  }

  /** Gives directories back the times they had: call it after the last mount. */
  hide(): void {
    this.#times.restore()
  }

  [Symbol.dispose](): void {
    for (const cover of this.#covers.toReversed()) cover.remove()
    this.#points.remove()
  }

  /**
   * Returns what has to be done before the path, which may be another by then, is removed.
   * `covered`: mode of what lay there.
   */
  #put(mount: Imitated, path: string, covered: number): (path: string) => void {
    if (mount.type === 'tmpfs') return makeDirectory(path, mount.mode ?? covered)
    if (mount.type === 'device') return this.#putDevice(mount.source, path)
    if (lstatSync(mount.source).isSocket()) return putSocket(mount.source, path)
    if (mount.readonly || !mount.directory || !tryRename(mount.source, path)) {
      copyTree(mount.source, path, this.#libc)
      return mount.readonly || !mount.directory ? () => {} : (now) => this.#copyBack(now, mount.source)
    }
    return (now) => void tryRename(now, mount.source)
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
