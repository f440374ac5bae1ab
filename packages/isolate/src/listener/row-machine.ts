import { createRequire } from 'node:module'
import type { KoffiFunc } from 'koffi'
import type { Arch } from '../machine/machine-code.ts'
import { rowCode } from '../machine/row-code.ts'

const PROT_READ = 1
const PROT_WRITE = 2
const PROT_EXEC = 4
const MAP_PRIVATE_ANONYMOUS = 0x22
const size = 4096

/**
 * Performs rows in the calling thread, many system calls at one call from JavaScript. Node needs
 * the same right to make code as this does.
 */
export class RowMachine implements Disposable {
  readonly #run: (row: number, result: number) => number
  readonly #unmap: () => void

  constructor(arch: Arch) {
    const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
    const library = koffi.load(null)
    const map: KoffiFunc<(...args: readonly number[]) => number> = library.func(
      'int64_t mmap(int64_t address, size_t size, int protection, int flags, int fd, int64_t offset)',
    )
    const protect = library.func('int mprotect(int64_t address, size_t size, int protection)')
    const unmap = library.func('int munmap(int64_t address, size_t size)')
    const copy = library.func('void memcpy(int64_t to, const uint8_t *from, size_t size)')
    const address = map(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
    if (address < 0) throw new Error(`cannot map memory: errno ${koffi.errno()}`)
    const code = rowCode(arch)
    copy(address, code, code.length)
    // The kernel makes the caches of the processor agree when memory becomes executable.
    if (protect(address, size, PROT_READ | PROT_EXEC) !== 0)
      throw new Error(`cannot make code executable: errno ${koffi.errno()}`)
    this.#run = koffi.decode(BigInt(address), koffi.proto('int64_t (int64_t row, int64_t result)'))
    this.#unmap = () => void unmap(address, size)
  }

  /**
   * Performs rows from an address on. Returns the result of the last one. `result`: address of a
   * word for those of system calls.
   */
  run(row: number, result: number): number {
    return this.#run(row, result)
  }

  [Symbol.dispose](): void {
    this.#unmap()
  }
}
