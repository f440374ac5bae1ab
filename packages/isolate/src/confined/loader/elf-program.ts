import { readWord } from '../../listener/words.ts'
import type { Arch } from '../../machine/machine-code.ts'

/** Part of a program that is mapped into memory (`PT_LOAD`). Sizes and addresses in bytes. */
export interface ProgramSegment {
  readonly address: number
  readonly memorySize: number
  readonly offset: number
  readonly fileSize: number
  /** PROT_READ, PROT_WRITE and PROT_EXEC of mmap(2). */
  readonly protection: number
}

/** Parts of a program's file that loading needs (elf(5)). */
export interface ElfProgram {
  /** It can be mapped anywhere. */
  readonly movable: boolean
  readonly entry: number
  /** Address of its program headers when mapped, and their number. */
  readonly headers: number
  readonly headerCount: number
  readonly segments: readonly ProgramSegment[]
  /** Path of the program that loads it. */
  readonly interpreter: string | undefined
  /** It asks for a stack that can be executed. */
  readonly executableStack: boolean
}

/** Bytes of a file that are always read first. */
export const firstBytes = 4096

const machine: Readonly<Record<Arch, number>> = { x64: 62, arm64: 183 }
const ET_EXEC = 2
const ET_DYN = 3
const PT_LOAD = 1
const PT_INTERP = 3
const PT_PHDR = 6
const PT_GNU_STACK = 0x6474e551
const headerEntrySize = 56
const mostHeaders = 256
const longestInterpreter = 4096
/** Addresses of user space are below it on every processor. */
const highest = 2 ** 56

/**
 * Reads the headers of a program. Undefined for a file that is no program of this processor, or a
 * broken one. `read` returns the bytes of the file at an offset, fewer at its end.
 */
export function readElf(
  arch: Arch,
  first: Buffer,
  read: (offset: number, size: number) => Buffer,
): ElfProgram | undefined {
  if (first.length < 64 || first.readUInt32BE(0) !== 0x7f454c46 || first[4] !== 2 || first[5] !== 1) return undefined
  const type = first.readUInt16LE(16)
  if ((type !== ET_EXEC && type !== ET_DYN) || first.readUInt16LE(18) !== machine[arch]) return undefined
  const count = first.readUInt16LE(56)
  if (first.readUInt16LE(54) !== headerEntrySize || count === 0 || count > mostHeaders) return undefined
  const offset = readWord(first, 32)
  const table =
    offset + count * headerEntrySize <= first.length ? first.subarray(offset) : read(offset, count * headerEntrySize)
  if (table.length < count * headerEntrySize) return undefined
  const headers = Array.from({ length: count }, (_, index) => readHeader(table.subarray(index * headerEntrySize)))
  const segments = headers.filter((header) => header.type === PT_LOAD && header.memorySize > 0)
  if (segments.length === 0 || !segments.every(isSound)) return undefined
  const interpreter = headers.find((header) => header.type === PT_INTERP)
  const path = interpreter && readInterpreter(interpreter, read)
  if (interpreter !== undefined && path === undefined) return undefined
  const stack = headers.find((header) => header.type === PT_GNU_STACK)
  return {
    movable: type === ET_DYN,
    entry: readWord(first, 24),
    headers: headerAddress(headers, segments, offset),
    headerCount: count,
    segments,
    interpreter: path,
    executableStack: stack === undefined || (stack.protection & PROT_EXEC) !== 0,
  }
}

const PROT_READ = 1
const PROT_WRITE = 2
const PROT_EXEC = 4

interface Header extends ProgramSegment {
  readonly type: number
}

function readHeader(bytes: Buffer): Header {
  const flags = bytes.readUInt32LE(4)
  return {
    type: bytes.readUInt32LE(0),
    offset: readWord(bytes, 8),
    address: readWord(bytes, 16),
    fileSize: readWord(bytes, 32),
    memorySize: readWord(bytes, 40),
    protection:
      ((flags & 4) !== 0 ? PROT_READ : 0) | ((flags & 2) !== 0 ? PROT_WRITE : 0) | ((flags & 1) !== 0 ? PROT_EXEC : 0),
  }
}

function isSound({ address, memorySize, offset, fileSize }: ProgramSegment): boolean {
  return fileSize <= memorySize && address + memorySize < highest && offset + fileSize < highest
}

function readInterpreter(
  { offset, fileSize }: Header,
  read: (offset: number, size: number) => Buffer,
): string | undefined {
  if (fileSize < 2 || fileSize > longestInterpreter) return undefined
  const bytes = read(offset, fileSize)
  const end = bytes.indexOf(0)
  return bytes.length < fileSize || end <= 0 ? undefined : bytes.toString('latin1', 0, end)
}

/** 0 for headers that are not mapped. */
function headerAddress(headers: readonly Header[], segments: readonly ProgramSegment[], offset: number): number {
  const own = headers.find(({ type }) => type === PT_PHDR)
  if (own !== undefined) return own.address
  const holder = segments.find((segment) => segment.offset <= offset && offset < segment.offset + segment.fileSize)
  return holder === undefined ? 0 : holder.address + offset - holder.offset
}
