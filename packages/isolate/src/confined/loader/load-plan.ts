import type { Arch } from '../../machine/machine-code.ts'
import type { Credentials } from '../../listener/credentials.ts'
import type { FileKey } from '../running-programs.ts'
import type { ElfProgram } from './elf-program.ts'
import { readWord, writeWord } from '../../listener/words.ts'
import { callRow, ignoringErrors, mapRows, type Row, startRow } from './rows.ts'
import { rowWords } from './stub.ts'

/** A program that `execve` has chosen: open files of the supervisor, and how it is called. */
export interface LoadedProgram {
  readonly program: OpenElf
  readonly interpreter: OpenElf | undefined
  /**
   * Arguments in place of the first one: interpreters of scripts and what they are given. Empty:
   * the caller's own.
   */
  readonly leadingArguments: readonly string[]
  /** The caller's first argument, for those that take its place. */
  readonly firstArgument?: string
  /** Path that the program gets (AT_EXECFN), and what `/proc/PID/exe` shows. */
  readonly path: string
  readonly guestPath: string
  readonly file: FileKey
  /** Name of the process: the last name of the path. */
  readonly name: string
  readonly credentials: Credentials
  /** It gains rights by its set-user-ID or set-group-ID bit. */
  readonly secure: boolean
}

/** An open file with the headers of a program. */
export interface OpenElf {
  readonly fd: number
  readonly elf: ElfProgram
}

/**
 * Words on the stack of a program that starts, up to the end of the last vector: argc, argv,
 * environment, auxiliary vector (ABI, "Initial Process Stack").
 */
export interface InitialStack {
  readonly address: number
  readonly bytes: Buffer
  /** Offset of the auxiliary vector. */
  readonly auxiliary: number
}

/** The process that a program is loaded into: it has only the stub and its stack. */
export interface LoadingProcess {
  readonly arch: Arch
  readonly stack: InitialStack
  /** Descriptors of the files in it. */
  readonly files: { readonly program: number; readonly interpreter: number | undefined }
}

/** Bytes to write at an address. The table is at the beginning. */
export interface LoadPlan {
  readonly address: number
  readonly bytes: Buffer
}

const PR_SET_NAME = 15
const longestName = 15
const PROT_RWX = 7
const PROT_GROWSDOWN = 0x01000000

/** Keys of the auxiliary vector (getauxval(3)). */
const AT = {
  PHDR: 3,
  PHENT: 4,
  PHNUM: 5,
  PAGESZ: 6,
  BASE: 7,
  ENTRY: 9,
  UID: 11,
  EUID: 12,
  GID: 13,
  EGID: 14,
  SECURE: 23,
  EXECFN: 31,
} as const

/**
 * Places of programs in the address space, as fractions of it: a program below the heap, its
 * interpreter below the libraries.
 */
const places = { program: 0x55 / 0x80, interpreter: 0x7e9 / 0x800 } as const

/** Room between the table and the stack of the program, which begins above it. */
const gap = 128

/** Plans the loading of a program. */
export function planLoading(loaded: LoadedProgram, process: LoadingProcess): LoadPlan {
  const { stack } = process
  const page = auxiliaryValue(stack, AT.PAGESZ) ?? 4096
  const bases = chooseBases(loaded, stack.address, page)
  // New strings lie where the vector ended, below the old strings; the vector moves down, to a
  // multiple of 16 bytes.
  const strings = new Strings()
  const leading = loaded.leadingArguments.map((text) => strings.add(text))
  const [path, name] = [strings.add(loaded.path), strings.add(loaded.name.slice(0, longestName))]
  const stringsAt = stack.address + stack.bytes.length - strings.size
  // Behind argc, and behind the first argument where others take its place.
  const kept = stack.bytes.subarray(leading.length === 0 ? word : 2 * word)
  const top = Math.floor((stringsAt - word * (1 + leading.length) - kept.length) / 16) * 16
  const rows = planRows(loaded, process, { bases, page, top, name: stringsAt + name })
  const table = top - word * rowWords * rows.length - gap
  const bytes = Buffer.alloc(stringsAt + strings.size - table)
  for (const [index, value] of rows.flat().entries()) writeWord(bytes, value, word * index)
  const vector = bytes.subarray(top - table)
  writeWord(vector, readWord(stack.bytes, 0) + Math.max(0, leading.length - 1), 0)
  for (const [index, at] of leading.entries()) writeWord(vector, stringsAt + at, word * (1 + index))
  const keptAt = word * (1 + leading.length)
  vector.set(kept, keptAt)
  const auxiliary = vector.subarray(keptAt + kept.length - (stack.bytes.length - stack.auxiliary), keptAt + kept.length)
  patchAuxiliary(auxiliary, auxiliaryValues(loaded, bases, stringsAt + path))
  bytes.set(strings.bytes(), stringsAt - table)
  return { address: table, bytes }
}

/** Bytes of a word. */
const word = 8

interface Bases {
  readonly program: number
  readonly interpreter: number
}

function chooseBases({ program, interpreter }: LoadedProgram, stackAddress: number, page: number): Bases {
  const size = 2 ** Math.ceil(Math.log2(stackAddress))
  return {
    program: program.elf.movable ? randomPlace(size * places.program, page) : 0,
    interpreter: interpreter?.elf.movable === true ? randomPlace(size * places.interpreter, page) : 0,
  }
}

/** Address-space layout randomization: another page each time. */
function randomPlace(base: number, page: number): number {
  return Math.floor(base / page) * page + Math.floor(Math.random() * 2 ** 18) * page
}

interface Places {
  readonly bases: Bases
  readonly page: number
  /** Address at which the stack of the program begins. */
  readonly top: number
  /** Address of the name of the process. */
  readonly name: number
}

function planRows(
  { program, interpreter }: LoadedProgram,
  { arch, files }: LoadingProcess,
  { bases, page, top, name }: Places,
): readonly Row[] {
  const executable = [Math.floor(top / page) * page, page, PROT_RWX | PROT_GROWSDOWN]
  const start =
    interpreter === undefined ? bases.program + program.elf.entry : bases.interpreter + interpreter.elf.entry
  return [
    ...mapRows(arch, program.elf, { fd: files.program, base: bases.program, page }),
    callRow(arch, 'close', [files.program]),
    ...(interpreter === undefined || files.interpreter === undefined
      ? []
      : [
          ...mapRows(arch, interpreter.elf, { fd: files.interpreter, base: bases.interpreter, page }),
          callRow(arch, 'close', [files.interpreter]),
        ]),
    ...(program.elf.executableStack ? [ignoringErrors(callRow(arch, 'mprotect', executable))] : []),
    ignoringErrors(callRow(arch, 'prctl', [PR_SET_NAME, name])),
    startRow(top, start),
  ]
}

function auxiliaryValues(
  { program, credentials, secure }: LoadedProgram,
  bases: Bases,
  path: number,
): Readonly<Record<number, number>> {
  const { user, group } = credentials
  return {
    [AT.PHDR]: program.elf.headers === 0 ? 0 : bases.program + program.elf.headers,
    [AT.PHENT]: 56,
    [AT.PHNUM]: program.elf.headerCount,
    [AT.BASE]: bases.interpreter,
    [AT.ENTRY]: bases.program + program.elf.entry,
    [AT.UID]: user.real,
    [AT.EUID]: user.effective,
    [AT.GID]: group.real,
    [AT.EGID]: group.effective,
    [AT.SECURE]: secure ? 1 : 0,
    [AT.EXECFN]: path,
  }
}

/** Puts values in the place of others: pairs of key and value. */
function patchAuxiliary(vector: Buffer, values: Readonly<Record<number, number>>): void {
  for (let at = 0; at < vector.length; at += 2 * word) {
    const value = values[readWord(vector, at)]
    if (value !== undefined) writeWord(vector, value, at + word)
  }
}

function auxiliaryValue({ bytes, auxiliary }: InitialStack, key: number): number | undefined {
  for (let at = auxiliary; at < bytes.length; at += 2 * word)
    if (readWord(bytes, at) === key) return readWord(bytes, at + word)
  return undefined
}

/** C strings one behind the other; bytes as latin1. */
class Strings {
  readonly #texts: string[] = []
  size = 0

  /** Returns the offset. */
  add(text: string): number {
    const at = this.size
    this.#texts.push(text)
    this.size += text.length + 1
    return at
  }

  bytes(): Buffer {
    return Buffer.from(this.#texts.map((text) => `${text}\0`).join(''), 'latin1')
  }
}
