import type { Arch } from '../launcher/machine-code.ts'
import type { ProcessReader } from './credentials.ts'
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_PATH, S_IFLNK, S_IFMT } from './kernel.ts'
import type { Listener } from './notification.ts'
import type { Memory, System } from './system.ts'

/** Not the same on every processor (asm/fcntl.h). */
const O_NOFOLLOW: Readonly<Record<Arch, number>> = { x64: 0o400000, arm64: 0o100000 }
const RESOLVE_IN_ROOT = 0x10
const longestPath = 4096

/** The supervisor cannot find what a call is about. The kernel performs the call and reports what is wrong. */
export class Unresolved extends Error {
  override readonly name = 'Unresolved'
}

/** Part of the answer of statx(2). */
export interface FileStatus {
  readonly dev: number
  readonly ino: number
  readonly links: number
  readonly mode: number
}

/** The thread whose call is being answered: its memory, and the files as its paths and descriptors name them. */
export class Tracee implements ProcessReader, Disposable {
  readonly listener: Listener
  readonly system: System
  /** Result of the last `status` (struct statx). */
  readonly statx: Memory
  /** Room for a struct stat. */
  readonly stat: Memory
  /** Room for one number of up to 64 bits. */
  readonly numbers: Memory
  readonly #noFollow: number
  #hasOneRoot = true
  #root: number | undefined
  readonly #path: Memory
  readonly #target: Memory
  readonly #text: Memory
  readonly #how: Memory
  readonly #local: Memory
  readonly #remote: Memory

  constructor(listener: Listener, system: System, arch: Arch) {
    this.listener = listener
    this.system = system
    this.#noFollow = O_NOFOLLOW[arch]
    this.statx = system.allocate(256)
    this.stat = system.allocate(144)
    this.numbers = system.allocate(8)
    this.#path = system.allocate(longestPath + 64)
    this.#target = system.allocate(longestPath + 64)
    this.#text = system.allocate(longestPath + 64)
    this.#how = system.allocate(24)
    this.#local = system.allocate(16)
    this.#remote = system.allocate(16)
  }

  /** Closes what it keeps open. */
  [Symbol.dispose](): void {
    if (this.#root !== undefined) this.system.call('close', this.#root)
  }

  /** Address of a path for a call of the supervisor; valid until the next `pathAt`. */
  pathAt(path: string): number {
    return write(this.#path, path)
  }

  /** Address of a further string; valid until the next `textAt`. */
  textAt(text: string): number {
    return write(this.#target, text)
  }

  /** Reads a C string. Its bytes are kept as the characters of the same code (latin1). */
  readString(address: number): string {
    let text = ''
    for (let at = address; text.length <= longestPath; ) {
      // Never past a page: the next one may not be mapped.
      const size = Math.min(256, longestPath - (at % longestPath))
      const bytes = this.read(at, size)
      const end = bytes.indexOf(0)
      if (end >= 0) return text + bytes.toString('latin1', 0, end)
      text += bytes.toString('latin1')
      at += size
    }
    throw new Unresolved('The path is too long')
  }

  /** Bytes of the thread's memory; valid until the next call. */
  read(address: number, size: number): Buffer {
    if (this.#transfer('process_vm_readv', { address, size }, this.#text) !== size) throw new Unresolved('The memory cannot be read')
    return this.#text.bytes.subarray(0, size)
  }

  /** Writes into the thread's memory. */
  write(address: number, memory: Memory, size: number): void {
    if (!this.listener.isValid || this.#transfer('process_vm_writev', { address, size }, memory) !== size)
      throw new Unresolved('The memory cannot be written')
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

  status(fd: number): FileStatus {
    return this.#fileStatus(this.system.call('statx', fd, this.pathAt(''), AT_EMPTY_PATH, 0x7ff, this.statx.address))
  }

  /** Looks at a name in an open directory. */
  lookAtName(parent: number, name: string): FileStatus {
    return this.#fileStatus(this.system.call('statx', parent, this.pathAt(name), AT_SYMLINK_NOFOLLOW, 0x7ff, this.statx.address))
  }

  /** Opens what a call names, without access to its content (`O_PATH`). Throws `Unresolved` where the kernel knows better. */
  open(directory: number, path: string, follow: boolean): number {
    if (path === '') throw new Unresolved('The path is empty')
    const absolute = path.startsWith('/') ? path : `${this.#directoryPath(directory)}/${path}`
    return this.#inRoot((root) => {
      const { bytes, address } = this.#how
      bytes.writeBigUInt64LE(BigInt(O_PATH | O_CLOEXEC | (follow ? 0 : this.#noFollow)), 0)
      bytes.writeBigUInt64LE(0n, 8)
      bytes.writeBigUInt64LE(BigInt(RESOLVE_IN_ROOT), 16)
      return this.#opened(this.system.call('openat2', root, this.pathAt(absolute), address, 24))
    })
  }

  /** Some process may have another root directory from now on. */
  expectOtherRoots(): void {
    this.#hasOneRoot = false
  }

  /** Path of an open file of the supervisor, in the root that the processes share. */
  pathOf(fd: number): string {
    if (!this.#hasOneRoot) throw new Unresolved('Paths depend on the root of the process')
    return this.#readLink(`/proc/thread-self/fd/${fd}`)
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
    if (name === '' || name === '.' || name === '..') throw new Unresolved('The path has no last name')
    const parent = at === 0 ? this.openDescriptor(directory) : this.open(directory, trimmed.slice(0, at), true)
    return this.using(parent, (fd) => use(fd, name))
  }

  /** Closes a descriptor of the supervisor after its use. */
  using<T>(fd: number, use: (fd: number) => T): T {
    try {
      return use(fd)
    } finally {
      this.system.call('close', fd)
    }
  }

  /** Permission bits that the process takes from new files. */
  get umask(): number {
    const mask = /^Umask:\s*([0-7]+)/m.exec(this.#readProc(`/proc/${this.listener.thread}/status`) ?? '')?.[1]
    if (mask === undefined) throw new Unresolved('The process has ended')
    return parseInt(mask, 8)
  }

  relatives(thread: number): { readonly leader: number; readonly parent: number } | undefined {
    const status = this.#readProc(`/proc/${thread}/status`)
    const [, leader, parent] = /^Tgid:\s*(\d+)[^]*^PPid:\s*(\d+)/m.exec(status ?? '') ?? []
    return leader === undefined ? undefined : { leader: Number(leader), parent: Number(parent) }
  }

  children(leader: number): readonly number[] {
    const threads = leader === this.listener.thread ? [leader] : [leader, this.listener.thread]
    return threads
      .map((thread) => this.#readProc(`/proc/${leader}/task/${thread}/children`) ?? '')
      .flatMap((text) => text.split(' '))
      .filter((id) => id.trim() !== '')
      .map(Number)
  }

  exists(leader: number): boolean {
    return this.#readProc(`/proc/${leader}/comm`) !== undefined
  }

  #transfer(
    call: 'process_vm_readv' | 'process_vm_writev',
    remote: { readonly address: number; readonly size: number },
    local: Memory,
  ): number {
    setVector(this.#local, local.address, remote.size)
    setVector(this.#remote, remote.address, remote.size)
    return this.system.call(call, this.listener.thread, this.#local.address, 1, this.#remote.address, 1)
  }

  /** Does something with the root directory. All processes share the first one's, until one of them calls chroot(2). */
  #inRoot<T>(use: (root: number) => T): T {
    const path = `/proc/${this.listener.thread}/root`
    if (!this.#hasOneRoot) return this.using(this.#openLink(path), use)
    this.#root ??= this.#openLink(path)
    return use(this.#root)
  }

  #directoryLink(directory: number): string {
    return `/proc/${this.listener.thread}/${directory === AT_FDCWD ? 'cwd' : `fd/${directory}`}`
  }

  /** A directory by its path in the thread's root. */
  #directoryPath(directory: number): string {
    const path = this.#readLink(this.#directoryLink(directory))
    const root = this.#hasOneRoot ? '/' : this.#readLink(`/proc/${this.listener.thread}/root`)
    if (root === '/') return path
    if (path !== root && !path.startsWith(`${root}/`)) throw new Unresolved('The directory is outside of the root')
    return path.slice(root.length)
  }

  #readLink(link: string): string {
    const length = this.system.call('readlinkat', AT_FDCWD, this.pathAt(link), this.#text.address, longestPath)
    if (length <= 0) throw new Unresolved('The link cannot be read')
    return this.#text.bytes.toString('latin1', 0, length)
  }

  #openLink(link: string): number {
    return this.#opened(this.system.call('openat', AT_FDCWD, this.pathAt(link), O_PATH | O_CLOEXEC))
  }

  #opened(result: number): number {
    if (result < 0) throw new Unresolved(`The file cannot be opened: errno ${-result}`)
    return result
  }

  #statusAt(path: string, flags: number): FileStatus {
    return this.#fileStatus(this.system.call('statx', AT_FDCWD, this.pathAt(path), flags, 0x7ff, this.statx.address))
  }

  /** struct statx, which is the same on every processor. */
  #fileStatus(result: number): FileStatus {
    if (result < 0) throw new Unresolved(`The file cannot be looked at: errno ${-result}`)
    const { bytes } = this.statx
    return {
      dev: deviceNumber(bytes.readUInt32LE(136), bytes.readUInt32LE(140)),
      ino: bytes.readUInt32LE(32) + bytes.readUInt32LE(36) * 0x1_0000_0000,
      links: bytes.readUInt32LE(16),
      mode: bytes.readUInt16LE(28),
    }
  }

  #readProc(path: string): string | undefined {
    const fd = this.system.call('openat', AT_FDCWD, this.pathAt(path), O_CLOEXEC)
    if (fd < 0) return undefined
    return this.using(fd, () => {
      const size = this.system.call('read', fd, this.#text.address, longestPath)
      return size < 0 ? undefined : this.#text.bytes.toString('latin1', 0, size)
    })
  }
}

function write({ bytes, address }: Memory, text: string): number {
  if (text.length > longestPath) throw new Unresolved('The path is too long')
  bytes.write(text, 0, 'latin1')
  bytes[text.length] = 0
  return address
}

/** struct iovec. */
function setVector({ bytes }: Memory, address: number, size: number): void {
  bytes.writeBigUInt64LE(BigInt(address), 0)
  bytes.writeBigUInt64LE(BigInt(size), 8)
}

/** A device number as stat(2) has it. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x10_0000
}
