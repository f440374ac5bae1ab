import type { Arch } from '../machine/machine-code.ts'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_PATH,
  openFlags,
  RESOLVE_IN_ROOT,
  S_IFLNK,
  S_IFMT,
} from './kernel.ts'
import type { Listener } from './notification.ts'
import type { Memory, System } from './system.ts'
import { longestPath, Unresolved } from './tracee-memory.ts'
import { TraceeProcess } from './tracee-process.ts'
import { readWord, writeWord } from './words.ts'

/** Part of the answer of statx(2). */
export interface FileStatus {
  readonly dev: number
  readonly ino: number
  readonly links: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/**
 * The thread whose call is being answered: its memory, and the files as its paths and descriptors
 * name them.
 */
export class Tracee extends TraceeProcess implements Disposable {
  /** Result of the last `status` (struct statx). */
  readonly statx: Memory
  /** Room for a struct stat. */
  readonly stat: Memory
  readonly #noFollow: number
  #hasOneRoot = true
  #root: number | undefined
  readonly #how: Memory

  constructor(listener: Listener, system: System, arch: Arch) {
    super(listener, system)
    this.#noFollow = openFlags[arch].noFollow
    this.statx = system.allocate(256)
    this.stat = system.allocate(144)
    this.#how = system.allocate(24)
  }

  /** Closes what it keeps open. */
  [Symbol.dispose](): void {
    if (this.#root !== undefined) this.system.call('close', this.#root)
  }

  /** Looks at a file as a call names it, without keeping it open. */
  lookAt(directory: number, path: string, follow: boolean): FileStatus {
    // One name in a directory is the usual case, and one call, unless it is a symlink to follow.
    if (path !== '' && !path.includes('/') && path !== '.' && path !== '..') {
      const found = this.#statusAt(`${this.#directoryLink(directory)}/${path}`, AT_SYMLINK_NOFOLLOW)
      if (!follow || (found.mode & S_IFMT) !== S_IFLNK) return found
    }
    return this.using(this.open(directory, path, follow), (fd) => this.status(fd))
  }

  /** Looks at the file that a descriptor of the thread refers to. */
  lookAtDescriptor(fd: number): FileStatus {
    return this.#statusAt(`/proc/${this.listener.thread}/fd/${fd}`, 0)
  }

  /** Looks at the file that the kernel executes in the process. */
  lookAtProgram(): FileStatus {
    return this.#statusAt(`/proc/${this.listener.thread}/exe`, 0)
  }

  status(fd: number): FileStatus {
    return this.#fileStatus(this.system.call('statx', fd, this.pathAt(''), AT_EMPTY_PATH, 0x7ff, this.statx.address))
  }

  /** Looks at a name in an open directory. */
  lookAtName(parent: number, name: string): FileStatus {
    return this.#fileStatus(
      this.system.call('statx', parent, this.pathAt(name), AT_SYMLINK_NOFOLLOW, 0x7ff, this.statx.address),
    )
  }

  /**
   * Opens what a call names, without access to its content (`O_PATH`). Throws `Unresolved` where
   * the kernel has to report an error.
   */
  open(directory: number, path: string, follow: boolean): number {
    if (path === '') throw new Unresolved('the path is empty')
    const absolute = path.startsWith('/') ? path : `${this.#directoryPath(directory)}/${path}`
    return this.#inRoot((root) => {
      const { bytes, address } = this.#how
      writeWord(bytes, O_PATH | O_CLOEXEC | (follow ? 0 : this.#noFollow), 0)
      writeWord(bytes, RESOLVE_IN_ROOT, 16)
      return this.opened(this.system.call('openat2', root, this.pathAt(absolute), address, 24))
    })
  }

  /** Some process may have another root directory from now on. */
  expectOtherRoots(): void {
    this.#hasOneRoot = false
    this.listener.shareRoot(undefined)
  }

  /** Path of an open file of the supervisor, in the root of the thread. */
  pathOf(fd: number): string {
    return this.#belowRoot(this.#readLink(`/proc/thread-self/fd/${fd}`))
  }

  /** Opens what a descriptor of the thread refers to. */
  openDescriptor(fd: number): number {
    if (fd === AT_FDCWD) return this.#openLink(`/proc/${this.listener.thread}/cwd`)
    return this.#openLink(`/proc/${this.listener.thread}/fd/${fd}`)
  }

  /** Does something with the directory that a new or last name is in. */
  inParent<T>(directory: number, path: string, use: (parent: number, name: string) => T): T {
    const trimmed = path.replace(/\/+$/, '')
    const at = trimmed.lastIndexOf('/') + 1
    const name = trimmed.slice(at)
    if (name === '' || name === '.' || name === '..') throw new Unresolved('the path has no last name')
    const parent = at === 0 ? this.openDescriptor(directory) : this.open(directory, trimmed.slice(0, at), true)
    return this.using(parent, (fd) => use(fd, name))
  }

  /**
   * Copies a descriptor of the caller (pidfd_getfd(2)); a negated errno where that is forbidden.
   */
  copyDescriptor(descriptor: number): number {
    const leader = this.relatives(this.listener.thread)?.leader
    if (leader === undefined) throw new Unresolved('the process has ended')
    const handle = this.system.call('pidfd_open', leader, 0)
    return handle < 0 ? handle : this.using(handle, () => this.system.call('pidfd_getfd', handle, descriptor, 0))
  }

  /**
   * Does something with the root directory. All processes share the first one's, until one of them
   * calls chroot(2).
   */
  #inRoot<T>(use: (root: number) => T): T {
    const path = `/proc/${this.listener.thread}/root`
    if (!this.#hasOneRoot) return this.using(this.#openLink(path), use)
    if (this.#root === undefined) {
      this.#root = this.#openLink(path)
      this.listener.shareRoot(this.#root)
    }
    return use(this.#root)
  }

  #directoryLink(directory: number): string {
    return `/proc/${this.listener.thread}/${directory === AT_FDCWD ? 'cwd' : `fd/${directory}`}`
  }

  /** A directory by its path in the thread's root. */
  #directoryPath(directory: number): string {
    return this.#belowRoot(this.#readLink(this.#directoryLink(directory)))
  }

  #belowRoot(path: string): string {
    const root = this.#hasOneRoot ? '/' : this.#readLink(`/proc/${this.listener.thread}/root`)
    if (root === '/') return path
    if (path !== root && !path.startsWith(`${root}/`)) throw new Unresolved('the file is outside of the root')
    return path.slice(root.length) || '/'
  }

  #readLink(link: string): string {
    const length = this.system.call('readlinkat', AT_FDCWD, this.pathAt(link), this.text.address, longestPath)
    if (length <= 0) throw new Unresolved('the link cannot be read')
    return this.text.bytes.toString('latin1', 0, length)
  }

  #openLink(link: string): number {
    return this.opened(this.system.call('openat', AT_FDCWD, this.pathAt(link), O_PATH | O_CLOEXEC))
  }

  #statusAt(path: string, flags: number): FileStatus {
    return this.#fileStatus(this.system.call('statx', AT_FDCWD, this.pathAt(path), flags, 0x7ff, this.statx.address))
  }

  #fileStatus(result: number): FileStatus {
    if (result < 0) throw new Unresolved(`The file cannot be looked at: errno ${-result}`, -result)
    return this.lastStatus()
  }

  /** Answer of the last statx(2). The structure is the same on every processor. */
  lastStatus(): FileStatus {
    const { bytes } = this.statx
    return {
      dev: deviceNumber(bytes.readUInt32LE(136), bytes.readUInt32LE(140)),
      ino: readWord(bytes, 32),
      links: bytes.readUInt32LE(16),
      mode: bytes.readUInt16LE(28),
      uid: bytes.readUInt32LE(20),
      gid: bytes.readUInt32LE(24),
    }
  }
}

/** A device number as stat(2) has it. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x10_0000
}
