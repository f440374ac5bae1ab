import { lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsolationError } from '../../model/errors.ts'
import type { Arch } from '../../machine/machine-code.ts'
import { AT_FDCWD, O_CLOEXEC } from '../../listener/kernel.ts'
import type { Memory, System } from '../../listener/system.ts'
import type { FileStatus } from '../../listener/tracee.ts'
import { writeWord } from '../../listener/words.ts'
import { type FileKey, fileKey } from '../running-programs.ts'
import { buildStub } from './stub.ts'

/** A copy of the stub with a short name, which one process at a time is started from. */
export interface LoaderFile {
  readonly index: number
  /** Relative to the directory of all of them. */
  readonly name: string
}

// fcntl(2) § Leases.
const F_SETSIG = 10
const F_SETOWN_EX = 15
const F_OWNER_TID = 0
const F_SETLEASE = 1024
const F_GETLEASE = 1025
const F_WRLCK = 1
const F_UNLCK = 2
/** Blocked in the thread of a supervisor, which waits for it. */
const SIGURG = 23

/** Milliseconds between two looks at a caller that may have ended. The usual wait is shorter. */
const betweenLooks = 5

const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * The stub's files. A write lease on one makes the kernel wait when it opens the file to execute
 * it: the moment at which it has read the path. A file that a living process was started from has
 * no lease, hence one for each process.
 */
export class LoaderFiles {
  readonly #system: System
  readonly #directory: string
  readonly #stub: Uint8Array
  /** struct f_owner_ex: this thread. */
  readonly #owner: Memory
  readonly #signals: Memory
  readonly #time: Memory
  readonly #descriptors: number[] = []
  readonly #keys: FileKey[] = []
  /** Longest unused first. */
  readonly #free: number[] = []

  /** Makes `directory`, which must be on a file system that programs can be executed from. */
  constructor(system: System, directory: string, arch: Arch) {
    this.#system = system
    this.#directory = directory
    this.#stub = buildStub(arch)
    this.#owner = system.allocate(8)
    this.#owner.bytes.writeInt32LE(F_OWNER_TID, 0)
    this.#owner.bytes.writeInt32LE(system.call('gettid'), 4)
    this.#signals = system.allocate(8)
    writeWord(this.#signals.bytes, 2 ** (SIGURG - 1), 0)
    this.#time = system.allocate(16)
    writeWord(this.#time.bytes, betweenLooks * 1_000_000, 8)
    mkdirSync(directory, { recursive: true, mode: 0o755 })
  }

  /** A file that no process uses, with a lease on it. */
  take(): LoaderFile {
    for (let tries = this.#free.length; tries > 0; tries -= 1) {
      const index = this.#free.shift() ?? 0
      if (this.#lease(index)) return { index, name: loaderName(index) }
      // The process has not quite ended.
      this.#free.push(index)
    }
    const index = this.#make()
    if (this.#lease(index)) return { index, name: loaderName(index) }
    throw new IsolationError('SUPERVISOR_FAILED', `cannot take a lease on ${join(this.#directory, loaderName(index))}`)
  }

  /**
   * Waits until the kernel is about to execute the file, and lets it go on after `restore`. Stops
   * waiting when the caller is no longer on its way there: it has ended, or the call has failed
   * before.
   */
  whenOpened(
    { index }: LoaderFile,
    { isOnItsWay, restore }: { readonly isOnItsWay: () => boolean; readonly restore: () => void },
  ): void {
    const fd = this.#descriptors[index] ?? -1
    // The signal may be one of an earlier lease.
    while (this.#system.call('fcntl', fd, F_GETLEASE) === F_WRLCK) if (this.#waitForSignal() < 0 && !isOnItsWay()) break
    restore()
    this.#system.call('fcntl', fd, F_SETLEASE, F_UNLCK)
  }

  /** Returns a negated errno when none has come for some milliseconds. */
  #waitForSignal(): number {
    return this.#system.call('rt_sigtimedwait', this.#signals.address, 0, this.#time.address, 8)
  }

  /** True for the loader file with an index. */
  is(index: number, file: Pick<FileStatus, 'dev' | 'ino'>): boolean {
    return this.#keys[index] === fileKey(file)
  }

  /** The process that was started from a file has ended, or executes another. */
  free(index: number): void {
    this.#free.push(index)
  }

  close(): void {
    for (const fd of this.#descriptors) this.#system.call('close', fd)
  }

  #make(): number {
    const index = this.#descriptors.length
    const path = join(this.#directory, loaderName(index))
    writeFileSync(path, this.#stub, { mode: 0o755 })
    this.#keys.push(fileKey(lstatSync(path)))
    // Not by `fs`, which would keep account of the descriptors of a thread.
    const name = this.#system.allocate(path.length + 1)
    name.bytes.write(`${path}\0`, 'latin1')
    this.#descriptors.push(this.#system.call('openat', AT_FDCWD, name.address, O_CLOEXEC))
    return index
  }

  #lease(index: number): boolean {
    const fd = this.#descriptors[index] ?? -1
    if (this.#system.call('fcntl', fd, F_SETLEASE, F_WRLCK) !== 0) return false
    // Removing a lease forgets the signal and who gets it.
    this.#system.call('fcntl', fd, F_SETSIG, SIGURG)
    return this.#system.call('fcntl', fd, F_SETOWN_EX, this.#owner.address) === 0
  }
}

function loaderName(index: number): string {
  const rest = Math.floor(index / digits.length)
  return (rest === 0 ? '' : loaderName(rest - 1)) + (digits[index % digits.length] ?? '')
}
