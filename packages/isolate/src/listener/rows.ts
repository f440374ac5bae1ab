import { rowKind, rowWords } from '../machine/row-kinds.ts'
import type { Arch } from '../machine/machine-code.ts'
import { type Memory, type SystemCall, supervisorNumbers, type System } from './system.ts'
import { writeWord } from './words.ts'

/** Place of an argument in a row that has a label, which other rows may write to. */
export interface Slot {
  readonly row: string
  /** From 0. */
  readonly argument: number
}

/** A row of a program (`machine/row-kinds.ts`). */
export interface Row {
  readonly kind: number
  readonly args: readonly (number | Slot)[]
  /** Label of the row that is gone to instead of the next one. */
  readonly away?: string | undefined
}

/** Rows in their order. A text is the label of the row behind it. */
export type Rows = readonly (Row | string)[]

/** A system call. */
export function call(arch: Arch, name: SystemCall, { args, away }: Omit<Row, 'kind'>): Row {
  return { kind: supervisorNumbers[name][arch === 'x64' ? 0 : 1], args, away }
}

export function end(result: number): Row {
  return { kind: rowKind.end, args: [result] }
}

export function copy(from: number, to: number | Slot, bytes: number): Row {
  return { kind: rowKind.copy, args: [from, to, bytes] }
}

/** Jumps if the number of 32 bits at an address is `value`, under a mask. */
export function jumpIf(
  at: number,
  value: number | { readonly mask: number; readonly value: number },
  away: string,
): Row {
  const { mask, value: wanted } = typeof value === 'number' ? { mask: -1, value } : value
  return { kind: rowKind.jump, args: [at, mask >>> 0, wanted >>> 0], away }
}

/** `zeros`: address of a 0. */
export function jump(zeros: number, away: string): Row {
  return jumpIf(zeros, 0, away)
}

/** Lays rows out in memory. */
export function layRows(system: System, rows: Rows): Memory {
  const all = rows.filter((row) => typeof row !== 'string')
  const memory = system.allocate(8 * rowWords * all.length)
  const labels = new Map<string, number>()
  let address = memory.address
  for (const row of rows)
    if (typeof row !== 'string') address += 8 * rowWords
    else if (labels.has(row)) throw new Error(`two rows have the label "${row}"`)
    else labels.set(row, address)
  const at = (label: string): number => {
    const found = labels.get(label)
    if (found === undefined) throw new Error(`no row has the label "${label}"`)
    return found
  }
  for (const [index, { kind, args, away }] of all.entries()) {
    const words = [kind, ...args.map((arg) => (typeof arg === 'number' ? arg : at(arg.row) + 8 * (1 + arg.argument)))]
    for (const [word, value] of words.entries()) writeWord(memory.bytes, value, 8 * (rowWords * index + word))
    if (away !== undefined) writeWord(memory.bytes, at(away), 8 * (rowWords * index + rowWords - 1))
  }
  return memory
}
