/**
 * A program of the machine that executes programs of another processor. It needs no other file.
 */
export interface GuestEmulator {
  /** Path on the host. */
  readonly path: string
  /** Word size, byte order and processor of its programs (elf(5)). */
  readonly bits: 32 | 64
  readonly big: boolean
  readonly machine: number
}

/** The emulator of a program that begins with some bytes; undefined for one without. */
export function findEmulator(first: Buffer, emulators: readonly GuestEmulator[]): GuestEmulator | undefined {
  if (first.length < 64 || first.readUInt32BE(0) !== 0x7f454c46) return undefined
  return emulators.find(({ bits, big, machine }) => {
    const found = big ? first.readUInt16BE(18) : first.readUInt16LE(18)
    return first[4] === bits / 32 && first[5] === (big ? 2 : 1) && found === machine
  })
}

/** Arguments of QEMU that run a program under the name that its caller gave it. */
export function emulatorArguments({ path }: GuestEmulator, program: string, name: string): readonly string[] {
  return [path.slice(path.lastIndexOf('/') + 1), '-0', name, program]
}
