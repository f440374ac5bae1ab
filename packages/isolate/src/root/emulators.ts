import { closeSync, mkdirSync, openSync, readSync, rmdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { GuestEmulator } from '../confined/loader/guest-emulator.ts'
import type { Libc } from '../machine/libc.ts'

/**
 * First bytes of the programs of a processor, by its name in images (GOARCH), and its name in QEMU.
 */
const processors: Readonly<
  Record<string, { readonly qemu: string; readonly bits: 32 | 64; readonly big?: true; readonly machine: number }>
> = {
  386: { qemu: 'i386', bits: 32, machine: 3 },
  amd64: { qemu: 'x86_64', bits: 64, machine: 62 },
  arm: { qemu: 'arm', bits: 32, machine: 40 },
  arm64: { qemu: 'aarch64', bits: 64, machine: 183 },
  loong64: { qemu: 'loongarch64', bits: 64, machine: 258 },
  mips64le: { qemu: 'mips64el', bits: 64, machine: 8 },
  ppc64le: { qemu: 'ppc64le', bits: 64, machine: 21 },
  riscv64: { qemu: 'riscv64', bits: 64, machine: 243 },
  s390x: { qemu: 's390x', bits: 64, big: true, machine: 22 },
}

/** Name of the emulator of a processor; undefined for one that is not known. */
export function emulatorName(architecture: string): string | undefined {
  const qemu = Object.hasOwn(processors, architecture) ? processors[architecture]?.qemu : undefined
  return qemu && `qemu-${qemu}-static`
}

/**
 * Emulators for the programs of other processors, known to the kernel in the user namespace of the
 * calling process only and as long as it lives (binfmt_misc, Linux 6.7). Where that is not its own
 * it must not be used: it would change the machine.
 */
export class Emulators {
  readonly #libc: Libc
  readonly #directory: string
  readonly #registered = new Map<string, boolean>()
  #mounted = false

  /** `directory` does not exist yet, in one that is the caller's. */
  constructor(libc: Libc, directory: string) {
    this.#libc = libc
    this.#directory = directory
  }

  /**
   * Lets the kernel run programs of a processor by an emulator found in PATH. False when there is
   * none, or when the kernel refuses.
   */
  add(architecture: string): boolean {
    const known = this.#registered.get(architecture)
    if (known !== undefined) return known
    const path = findEmulator(architecture)
    const added = path !== undefined && this.#register(architecture, path)
    this.#registered.set(architecture, added)
    return added
  }

  #register(architecture: string, path: string): boolean {
    try {
      this.#mount()
      // C: set-user-ID bits count. F: the emulator is opened now, not looked for in the root
      // directory of the process that needs it.
      writeFileSync(join(this.#directory, 'register'), `:${architecture}:M::${elfMagic(architecture)}:${path}:CF`)
      return true
    } catch {
      return false
    }
  }

  #mount(): void {
    if (this.#mounted) return
    mkdirSync(this.#directory)
    try {
      this.#libc.mount({ type: 'binfmt_misc', target: this.#directory, flags: 0, options: '' })
      this.#mounted = true
    } catch (error) {
      rmdirSync(this.#directory)
      throw error
    }
  }
}

/** The emulators in PATH, of all other processors. */
export function findEmulators(): readonly GuestEmulator[] {
  return Object.entries(processors).flatMap(([architecture, { bits, big = false, machine }]) => {
    const path = findEmulator(architecture)
    return path === undefined || architecture === own ? [] : [{ bits, big, machine, path }]
  })
}

/** Name that images have for the processor of this machine. */
const own = process.arch === 'x64' ? 'amd64' : process.arch

/** The emulator in PATH, linked statically; undefined if PATH has none. */
export function findEmulator(architecture: string): string | undefined {
  const name = emulatorName(architecture)
  if (name === undefined) return undefined
  const directories = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => directory.startsWith('/') && !directory.includes(':'))
  return directories
    .flatMap((directory) => [join(directory, name), join(directory, name.slice(0, -'-static'.length))])
    .find((path) => path.length < 1024 && isStatic(path))
}

const PT_INTERP = 3

/**
 * True if a path is an executable of 64 bits (little-endian, as the machines are that run this)
 * that needs no loader.
 */
function isStatic(path: string): boolean {
  const header = Buffer.alloc(4096)
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return false
  }
  try {
    if (readSync(fd, header) < 64 || header.readUInt32BE(0) !== 0x7f454c46) return false
  } finally {
    closeSync(fd)
  }
  const [start, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)]
  const types = Array.from({ length: count }, (_, index) => start + index * size).filter(
    (offset) => offset + 4 <= header.length,
  )
  return types.every((offset) => header.readUInt32LE(offset) !== PT_INTERP)
}

/** `magic:mask` of an ELF header: class, byte order, executable or shared, processor. */
function elfMagic(architecture: string): string {
  const { bits, big, machine } = processors[architecture] ?? { bits: 64, machine: 0 }
  const magic = Buffer.alloc(20)
  magic.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, big ? 2 : 1, 1])
  const mask = Buffer.alloc(20, 0xff)
  mask[7] = 0 // the operating system
  if (big) {
    magic.writeUInt16BE(2, 16)
    mask.writeUInt16BE(0xfffe, 16)
    magic.writeUInt16BE(machine, 18)
  } else {
    magic.writeUInt16LE(2, 16)
    mask.writeUInt16LE(0xfffe, 16)
    magic.writeUInt16LE(machine, 18)
  }
  return `${escape(magic)}:${escape(mask)}`
}

function escape(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
