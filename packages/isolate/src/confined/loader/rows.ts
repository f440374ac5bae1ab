import type { Arch } from '../../machine/machine-code.ts'
import type { ElfProgram, ProgramSegment } from './elf-program.ts'
import { rowKind } from './stub.ts'

/** One row of the stub's table. */
export type Row = readonly number[]

/** Numbers of the calls that the stub makes, [x86-64, generic (arm64)]. */
const numbers = {
  close: [3, 57],
  mmap: [9, 222],
  mprotect: [10, 226],
  prctl: [157, 167],
} as const

/** A system call with its arguments. An error ends the process. */
export function callRow(arch: Arch, name: keyof typeof numbers, args: readonly number[]): Row {
  return makeRow(numbers[name][arch === 'x64' ? 0 : 1], args)
}

/** The row, after whose error the stub goes on. */
export function ignoringErrors(row: Row): Row {
  return [...row.slice(0, -1), 1]
}

/** Fills memory with zeros. */
function clearRow(address: number, size: number): Row {
  return makeRow(rowKind.clear, [address, size])
}

/** Leaves the stub for the program, whose stack begins at `stack`. */
export function startRow(stack: number, entry: number): Row {
  return makeRow(rowKind.start, [stack, entry])
}

function makeRow(number: number, [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: readonly number[]): Row {
  return [number, a, b, c, d, e, f, 0]
}

const MAP_PRIVATE = 2
const MAP_FIXED = 0x10
const MAP_ANONYMOUS = 0x20
const MAP_NORESERVE = 0x4000
const MAP_FIXED_NOREPLACE = 0x100000
const PROT_WRITE = 2

/** File and addresses of a mapped program. */
export interface Mapping {
  /** Descriptor of its file in the process. */
  readonly fd: number
  /** Added to all addresses; 0 for a program with fixed ones. */
  readonly base: number
  /** Bytes of a page. */
  readonly page: number
}

/**
 * Rows that map a program: its whole span first, so that nothing gets in between, then its segments
 * over that.
 */
export function mapRows(arch: Arch, { segments }: ElfProgram, { fd, base, page }: Mapping): readonly Row[] {
  const down = (address: number): number => Math.floor(address / page) * page
  const up = (address: number): number => Math.ceil(address / page) * page
  const anonymous = (
    from: number,
    to: number,
    { protection, flags }: { readonly protection: number; readonly flags: number },
  ): Row => callRow(arch, 'mmap', [base + from, to - from, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0])
  const mapSegment = ({ address, memorySize, offset, fileSize, protection }: ProgramSegment): readonly Row[] => {
    const [start, fileEnd, end] = [down(address), address + fileSize, up(address + memorySize)]
    if (fileSize === 0) return [anonymous(start, end, { protection, flags: MAP_FIXED })]
    const filePages = up(fileEnd)
    const clears = memorySize > fileSize && filePages > fileEnd && (protection & PROT_WRITE) !== 0
    return [
      callRow(arch, 'mmap', [base + start, fileEnd - start, protection, MAP_PRIVATE | MAP_FIXED, fd, down(offset)]),
      ...(clears ? [clearRow(base + fileEnd, filePages - fileEnd)] : []),
      ...(end > filePages ? [anonymous(filePages, end, { protection, flags: MAP_FIXED })] : []),
    ]
  }
  const low = down(Math.min(...segments.map(({ address }) => address)))
  const high = up(Math.max(...segments.map(({ address, memorySize }) => address + memorySize)))
  return [
    anonymous(low, high, { protection: 0, flags: MAP_NORESERVE | MAP_FIXED_NOREPLACE }),
    ...segments.flatMap(mapSegment),
  ]
}
