import type { Argument, Call } from '../machine/call.ts'
import { errno } from '../machine/call.ts'
import { type Arch, machineCode, rowWords } from '../machine/machine-code.ts'
import { syscallNumber } from '../machine/syscalls.ts'

/** A launcher, and which call each row of its table is. */
export interface Launcher {
  readonly elf: Uint8Array
  /** The call at an address that the launcher reported. */
  callAt(address: bigint): Call | undefined
}

// Both segments map the same file; their addresses are congruent to file offsets for page sizes up
// to 64 KiB.
const codeBase = 0x400000n
const firstDataBase = 0x10000000n
const furtherDataBase = 0x20000000n
const headerSize = 64 + 2 * 56
const rowSize = rowWords * 8

/**
 * A static executable without libc that performs `calls` in order (ELF-64, one read-only and one
 * writable segment). The rows of a `further` launcher, which the program of a first one starts,
 * have other addresses.
 */
export function buildLauncher(calls: readonly Call[], arch: Arch, { further = false } = {}): Launcher {
  const dataBase = further ? furtherDataBase : firstDataBase
  const rows = layOut(calls)
  const code = machineCode(arch, 0n)
  const tableOffset = align(headerSize + code.length)
  const dataOffset = tableOffset + rows.length * rowSize
  const rowAddress = (index: number): bigint => dataBase + BigInt(tableOffset + index * rowSize)
  const data = new DataSection(dataBase + BigInt(dataOffset))
  const table = new BigUint64Array(rows.length * rowWords)
  for (const [index, { call, otherwise }] of rows.entries()) {
    const words = [BigInt(syscallNumber(call.name, arch)), ...call.args.map((argument) => data.place(argument))]
    table.set(words, index * rowWords)
    table[index * rowWords + 7] = ignoreMask(call)
    table[index * rowWords + 8] = rowAddress(otherwise ?? index + 1)
  }
  const body = data.bytes()
  const elf = Buffer.alloc(dataOffset + body.length)
  elf.set(header(arch, { codeEnd: headerSize + code.length, fileSize: elf.length, dataBase }))
  elf.set(machineCode(arch, rowAddress(0)), headerSize)
  elf.set(new Uint8Array(table.buffer), tableOffset)
  elf.set(body, dataOffset)
  return { elf, callAt: (address) => rows[Number(address - rowAddress(0)) / rowSize]?.call }
}

interface Row {
  readonly call: Call
  /** Index of the row to go on with after a result that is not 0. */
  otherwise?: number
}

/** Calls in table order: branches stand behind the rest. */
function layOut(calls: readonly Call[]): readonly Row[] {
  const rows: Row[] = calls.map((call) => ({ call }))
  for (const row of rows.slice()) {
    if (!row.call.otherwise) continue
    row.otherwise = rows.length
    rows.push(...row.call.otherwise.map((call) => ({ call })))
  }
  return rows
}

function ignoreMask({ ignore }: Call): bigint {
  if (ignore === 'all') return (1n << 64n) - 1n
  return (ignore ?? []).reduce((mask, name) => mask | (1n << BigInt(errno[name])), 0n)
}

/**
 * Collects what arguments point to. The same object is placed once, so that calls can share a
 * buffer.
 */
class DataSection {
  readonly #base: bigint
  readonly #chunks: Uint8Array[] = []
  readonly #placed = new Map<unknown, bigint>()
  #size = 0

  constructor(base: bigint) {
    this.#base = base
  }

  place(argument: Argument): bigint {
    if (typeof argument === 'number') return BigInt.asUintN(64, BigInt(argument))
    if (typeof argument === 'bigint') return BigInt.asUintN(64, argument)
    if (typeof argument === 'object' && 'data' in argument) return this.place(argument.data) + BigInt(argument.offset)
    const known = this.#placed.get(argument)
    if (known !== undefined) return known
    const address = this.#append(this.#encode(argument))
    this.#placed.set(argument, address)
    return address
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }

  #encode(argument: string | Uint8Array | { readonly words: readonly Argument[] }): Uint8Array {
    if (argument instanceof Uint8Array) return argument
    if (typeof argument !== 'string')
      return new Uint8Array(BigUint64Array.from(argument.words.map((word) => this.place(word))).buffer)
    if (argument.includes('\0')) throw new RangeError('cannot pass a text with a zero byte to a program')
    return Buffer.from(`${argument}\0`)
  }

  #append(bytes: Uint8Array): bigint {
    const address = this.#base + BigInt(this.#size)
    const padded = Buffer.alloc(align(bytes.length))
    padded.set(bytes)
    this.#chunks.push(padded)
    this.#size += padded.length
    return address
  }
}

function header(
  arch: Arch,
  { codeEnd, fileSize, dataBase }: { readonly codeEnd: number; readonly fileSize: number; readonly dataBase: bigint },
): Uint8Array {
  const bytes = Buffer.alloc(headerSize)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // ELF, 64 bits, little-endian, version 1
  bytes.writeUInt16LE(2, 16) // ET_EXEC
  bytes.writeUInt16LE(arch === 'x64' ? 62 : 183, 18)
  bytes.writeUInt32LE(1, 20)
  bytes.writeBigUInt64LE(codeBase + BigInt(headerSize), 24) // entry point
  bytes.writeBigUInt64LE(64n, 32) // program headers
  bytes.writeUInt16LE(64, 52)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(2, 56)
  segment(bytes.subarray(64), { base: codeBase, flags: 5, size: codeEnd })
  segment(bytes.subarray(64 + 56), { base: dataBase, flags: 6, size: fileSize })
  return bytes
}

function segment(
  bytes: Buffer,
  { base, flags, size }: { readonly base: bigint; readonly flags: number; readonly size: number },
): void {
  bytes.writeUInt32LE(1, 0) // PT_LOAD, from the start of the file
  bytes.writeUInt32LE(flags, 4)
  bytes.writeBigUInt64LE(base, 16)
  bytes.writeBigUInt64LE(base, 24)
  bytes.writeBigUInt64LE(BigInt(size), 32)
  bytes.writeBigUInt64LE(BigInt(size), 40)
  bytes.writeBigUInt64LE(0x10000n, 48)
}

function align(size: number): number {
  return Math.ceil(size / 8) * 8
}
