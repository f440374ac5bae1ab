import { AT_FDCWD, EFAULT, ENAMETOOLONG, ENOSYS, EPERM, O_CLOEXEC, O_RDWR } from './kernel.ts'
import type { Listener } from './notification.ts'
import type { Memory, System } from './system.ts'
import { writeWord } from './words.ts'

/** Bytes of the longest path with a zero byte behind it, and of a page. */
export const longestPath = 4096

/**
 * The supervisor cannot find what a call is about. The kernel performs the call and reports what is
 * wrong.
 */
export class Unresolved extends Error {
  override readonly name = 'Unresolved'
  /** Error for the caller where the kernel cannot perform the call itself. */
  readonly errno: number

  constructor(message: string, errno = EFAULT) {
    // It is the answer to many calls, and a stack trace takes longer than the rest of it.
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = limit
    this.errno = errno
  }
}

/**
 * The memory of the thread whose call is being answered, and memory of the supervisor for its own
 * calls.
 */
export class TraceeMemory {
  readonly listener: Listener
  readonly system: System
  /** Room for one number of up to 64 bits. */
  readonly numbers: Memory
  /** Bytes that were read last. */
  protected readonly text: Memory
  /** process_vm_readv(2) is allowed. Older container engines refuse it. */
  #maySeeMemory = true
  readonly #path: Memory
  readonly #target: Memory
  readonly #local: Memory
  readonly #remote: Memory

  constructor(listener: Listener, system: System) {
    this.listener = listener
    this.system = system
    this.numbers = system.allocate(8)
    this.text = system.allocate(longestPath + 64)
    this.#path = system.allocate(longestPath + 64)
    this.#target = system.allocate(longestPath + 64)
    this.#local = system.allocate(16)
    this.#remote = system.allocate(16)
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
    for (let at = address; text.length < longestPath; ) {
      // Never past a page: the next one may not be mapped.
      const size = Math.min(256, longestPath - (at % longestPath))
      const bytes = this.read(at, size)
      const end = bytes.indexOf(0)
      text += bytes.toString('latin1', 0, end < 0 ? size : end)
      if (end >= 0 && text.length < longestPath) return text
      at += size
    }
    throw new Unresolved('the path is too long', ENAMETOOLONG)
  }

  /** Bytes of the thread's memory; valid until the next call. */
  read(address: number, size: number): Buffer {
    if (this.#transfer('process_vm_readv', { address, size }, this.text) !== size)
      throw new Unresolved('the memory cannot be read')
    return this.text.bytes.subarray(0, size)
  }

  /** The same for any size. */
  readAll(address: number, size: number): Buffer {
    const parts: Buffer[] = []
    for (let at = 0; at < size; at += longestPath)
      parts.push(Buffer.from(this.read(address + at, Math.min(longestPath, size - at))))
    return Buffer.concat(parts)
  }

  /** Writes bytes, given as latin1, into the thread's memory. */
  writeText(address: number, text: string): void {
    const memory = text.length <= longestPath ? this.#target : this.system.allocate(text.length)
    memory.bytes.write(text, 'latin1')
    this.write(address, memory, text.length)
  }

  /**
   * Writes into the thread's memory. A thread that was killed gets nothing: its id may be that of a
   * process outside by now (seccomp_unotify(2) § Design goals and use).
   */
  write(address: number, memory: Memory, size: number): void {
    if (!this.listener.isValid) throw new Unresolved('the caller has ended')
    if (this.#transfer('process_vm_writev', { address, size }, memory) !== size)
      throw new Unresolved('the memory cannot be written')
  }

  /** The same for read-only pages too. False when it cannot be done: the thread may have ended. */
  patch(address: number, memory: Memory, size: number): boolean {
    if (this.#transfer('process_vm_writev', { address, size }, memory) === size) return true
    return this.#transferByFile('pwrite64', { address, size }, memory) === size
  }

  /** Closes a descriptor of the supervisor after its use. */
  using<T>(fd: number, use: (fd: number) => T): T {
    try {
      return use(fd)
    } finally {
      this.system.call('close', fd)
    }
  }

  /** A descriptor of the supervisor, or the error of opening it thrown. */
  protected opened(result: number): number {
    if (result < 0) throw new Unresolved(`The file cannot be opened: errno ${-result}`, -result)
    return result
  }

  #transfer(
    call: 'process_vm_readv' | 'process_vm_writev',
    remote: { readonly address: number; readonly size: number },
    local: Memory,
  ): number {
    if (this.#maySeeMemory) {
      setVector(this.#local, local.address, remote.size)
      setVector(this.#remote, remote.address, remote.size)
      const result = this.system.call(call, this.listener.thread, this.#local.address, 1, this.#remote.address, 1)
      if (result !== -EPERM && result !== -ENOSYS) return result
      this.#maySeeMemory = false
    }
    return this.#transferByFile(call === 'process_vm_readv' ? 'pread64' : 'pwrite64', remote, local)
  }

  /** Through /proc: the kernel writes to read-only pages as well (proc_pid_mem(5)). */
  #transferByFile(
    call: 'pread64' | 'pwrite64',
    { address, size }: { readonly address: number; readonly size: number },
    local: Memory,
  ): number {
    const path = this.pathAt(`/proc/${this.listener.thread}/mem`)
    const fd = this.system.call('openat', AT_FDCWD, path, O_RDWR | O_CLOEXEC)
    return fd < 0 ? fd : this.using(fd, () => this.system.call(call, fd, local.address, size, address))
  }
}

function write({ bytes, address }: Memory, text: string): number {
  if (text.length > longestPath) throw new Unresolved('the path is too long', ENAMETOOLONG)
  bytes.write(text, 0, 'latin1')
  bytes[text.length] = 0
  return address
}

/** struct iovec. */
function setVector({ bytes }: Memory, address: number, size: number): void {
  writeWord(bytes, address, 0)
  writeWord(bytes, size, 8)
}
