import type { ProcessReader } from './credentials.ts'
import { AT_FDCWD, O_CLOEXEC } from './kernel.ts'
import type { Listener } from './notification.ts'
import type { Memory, System } from './system.ts'
import { longestPath, TraceeMemory, Unresolved } from './tracee-memory.ts'
import { writeWord } from './words.ts'

/** State of the thread whose call is being answered, and of other processes, from /proc. */
export class TraceeProcess extends TraceeMemory implements ProcessReader {
  readonly #scratch: Memory

  constructor(listener: Listener, system: System) {
    super(listener, system)
    this.#scratch = system.allocate(16)
  }

  /** Permission bits that the process takes from new files. */
  get umask(): number {
    const mask = /^Umask:\s*([0-7]+)/m.exec(this.#readProc(`/proc/${this.listener.thread}/status`) ?? '')?.[1]
    if (mask === undefined) throw new Unresolved('the process has ended')
    return parseInt(mask, 8)
  }

  /** True if the thread blocks signal 64 (proc_pid_status(5)). */
  get blocksLastSignal(): boolean {
    const status = this.#readProc(`/proc/${this.listener.thread}/status`) ?? ''
    return /^SigBlk:\s*[89a-f]/m.test(status)
  }

  /** True if another process traces the thread (ptrace(2)). */
  get isTraced(): boolean {
    return /^TracerPid:\s*[1-9]/m.test(this.#readProc(`/proc/${this.listener.thread}/status`) ?? '')
  }

  /** True if a thread has a signal that its handler waits for. */
  hasCaughtSignal(thread: number): boolean {
    const status = this.#readProc(`/proc/${thread}/status`) ?? ''
    const read = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(status)?.[1] ?? 0}`)
    return ((read('SigPnd') | read('ShdPnd')) & read('SigCgt') & ~read('SigBlk')) !== 0n
  }

  /**
   * Address of the thread's stack (proc_pid_syscall(5)). Undefined when the thread has ended, or
   * does not wait yet after some tries.
   */
  get stackPointer(): number | undefined {
    for (let tries = 0; tries < 1000; tries += 1) {
      const words = this.#readProc(`/proc/${this.listener.thread}/syscall`)?.trim().split(' ')
      if (words === undefined) return undefined
      if (words.length === 9) return Number(words[7])
      // For 0.1 ms: only threads that wait have one in this file.
      writeWord(this.#scratch.bytes, 0, 0)
      writeWord(this.#scratch.bytes, 100_000, 8)
      this.system.call('ppoll', 0, 0, this.#scratch.address, 0)
    }
    return undefined
  }

  /** File-system ids of the caller, and the numbers of its effective capabilities. */
  get rights(): { readonly uid: number; readonly gid: number; readonly capabilities: ReadonlySet<number> } {
    const status = this.#readProc(`/proc/${this.listener.thread}/status`) ?? ''
    const [, uid, gid] = /^Uid:(?:\s+\d+){3}\s+(\d+)$[^]*^Gid:(?:\s+\d+){3}\s+(\d+)$/m.exec(status) ?? []
    const bits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
    if (uid === undefined || gid === undefined || bits === undefined) throw new Unresolved('the process has ended')
    const set = BigInt(`0x${bits}`)
    const numbers = Array.from({ length: 64 }, (_, number) => number)
    const capabilities = new Set(numbers.filter((number) => ((set >> BigInt(number)) & 1n) !== 0n))
    return { uid: Number(uid), gid: Number(gid), capabilities }
  }

  relatives(thread: number): { readonly leader: number; readonly parent: number } | undefined {
    const status = this.#readProc(`/proc/${thread}/status`)
    const [, leader, parent] = /^Tgid:\s*(\d+)[^]*^PPid:\s*(\d+)/m.exec(status ?? '') ?? []
    return leader === undefined ? undefined : { leader: Number(leader), parent: Number(parent) }
  }

  children(leader: number): readonly number[] {
    const threads = leader === this.listener.thread ? [leader] : [leader, this.listener.thread]
    return this.childrenOf(leader, threads)
  }

  /** Children that threads of a process have started. */
  childrenOf(leader: number, threads: Iterable<number>): readonly number[] {
    return [...threads]
      .map((thread) => this.#readProc(`/proc/${leader}/task/${thread}/children`) ?? '')
      .flatMap((text) => text.split(' '))
      .filter((id) => id.trim() !== '')
      .map(Number)
  }

  /** True for a process with a program; false also for one that its parent has not waited for. */
  hasProgram(leader: number): boolean {
    const { address, bytes } = this.#scratch
    return this.system.call('readlinkat', AT_FDCWD, this.pathAt(`/proc/${leader}/exe`), address, bytes.length) >= 0
  }

  /** Clock ticks from the start of the machine to that of a process. */
  startOf(leader: number): string | undefined {
    return this.#statistics(leader)[19]
  }

  /** Id of the process group of a process. */
  groupOf(leader: number): number {
    return Number(this.#statistics(leader)[2])
  }

  /** Fields of proc_pid_stat(5) from the state on. The name before it may hold anything. */
  #statistics(leader: number): readonly string[] {
    const text = this.#readProc(`/proc/${leader}/stat`) ?? ''
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  }

  exists(leader: number): boolean {
    return this.#readProc(`/proc/${leader}/comm`) !== undefined
  }

  /** Text of a file of the machine, bytes as latin1; undefined when it cannot be read. */
  readFile(path: string): string | undefined {
    const fd = this.system.call('openat', AT_FDCWD, this.pathAt(path), O_CLOEXEC)
    if (fd < 0) return undefined
    return this.using(fd, () => {
      const part = this.system.allocate(65536)
      let text = ''
      for (let size; (size = this.system.call('read', fd, part.address, part.bytes.length)) > 0; )
        text += part.bytes.toString('latin1', 0, size)
      return text
    })
  }

  #readProc(path: string): string | undefined {
    const fd = this.system.call('openat', AT_FDCWD, this.pathAt(path), O_CLOEXEC)
    if (fd < 0) return undefined
    return this.using(fd, () => {
      const size = this.system.call('read', fd, this.text.address, longestPath)
      return size < 0 ? undefined : this.text.bytes.toString('latin1', 0, size)
    })
  }
}
