import type { CodeRange } from '../machine/bpf.ts'
import type { Arch } from '../machine/machine-code.ts'
import type { Memory } from '../listener/system.ts'
import type { Tracee } from '../listener/tracee.ts'
import { readWord, writeWord } from '../listener/words.ts'

/** Addresses that a process has, 2^47 on x86-64 and 2^48 on arm64, in units of 4 GiB. */
const addresses: Readonly<Record<Arch, number>> = { x64: 0x8000, arm64: 0x10000 }

/**
 * Addresses of the libraries of a moved program. The kernel keeps room for the stack below the
 * highest address, up to five sixths of all, and maps libraries below that room
 * (`mmap_base`, mm/util.c). Programs that are not moved have code at much higher addresses, or in
 * the first 4 GiB.
 */
export function movedCode(arch: Arch): CodeRange {
  return { least: 1, most: Math.ceil(addresses[arch] / 6) }
}

const RLIMIT_STACK = 3
const unlimited = 2 ** 64
/** More than the kernel keeps room for. Infinity may mean another order of maps. */
const hugeStack = 2 ** 52

/**
 * Moves the libraries of programs that a process is about to execute: the limit of its stack is
 * huge while the kernel maps the program, until the first trapped call after that.
 */
export class MovedPrograms {
  readonly #tracee: Tracee
  readonly #limit: Memory
  readonly #changed = new Map<number, readonly [soft: number, hard: number]>()

  constructor(tracee: Tracee) {
    this.#tracee = tracee
    this.#limit = tracee.system.allocate(16)
  }

  /** The calling process executes a program next. */
  move(): void {
    const leader = this.#tracee.relatives(this.#tracee.listener.thread)?.leader
    if (leader === undefined || this.#get(leader) < 0) return
    const [soft, hard] = [this.#read(0), this.#read(8)]
    this.#set(leader, [Math.min(hugeStack, hard), hard])
    // A program that another thread could not execute has left a changed limit.
    if (!this.#changed.has(leader)) this.#changed.set(leader, [soft, hard])
  }

  /** No program has a changed limit. */
  get isSettled(): boolean {
    return this.#changed.size === 0
  }

  /** Gives the limit back to the calling process, if it is a program that was moved. */
  settle(): void {
    if (this.#changed.size === 0) return
    const { thread } = this.#tracee.listener
    const before = this.#changed.get(thread)
    if (before === undefined) return
    this.#set(thread, before)
    this.#changed.delete(thread)
  }

  #get(process: number): number {
    return this.#tracee.system.call('prlimit64', process, RLIMIT_STACK, 0, this.#limit.address)
  }

  #read(at: number): number {
    return readWord(this.#limit.bytes, at)
  }

  #set(process: number, limits: readonly [soft: number, hard: number]): void {
    for (const [index, limit] of limits.entries()) writeLimit(this.#limit.bytes, limit, 8 * index)
    this.#tracee.system.call('prlimit64', process, RLIMIT_STACK, this.#limit.address, 0)
  }
}

/** Writes a limit. The greatest number means no limit, and is rounded to 2^64 when read. */
function writeLimit(bytes: Buffer, limit: number, at: number): void {
  if (limit >= unlimited) bytes.fill(0xff, at, at + 8)
  else writeWord(bytes, limit, at)
}
