import type { Tracee } from '../listener/tracee.ts'
import { readWord } from '../listener/words.ts'
import type { Arch } from '../machine/machine-code.ts'

/** State of a thread that its signal handler has interrupted. */
export interface SignalFrame {
  readonly address: number
  /** Number of the next system call, if `next` is the address of an instruction that makes one. */
  readonly number: number
  readonly next: number
  readonly arguments: readonly number[]
  /** Signals that were blocked before the handler. */
  readonly blocked: Buffer
}

interface SignalLayout {
  readonly size: number
  /** Register with the number of a call. */
  readonly number: number
  readonly result: number
  readonly next: number
  readonly arguments: readonly number[]
  readonly blocked: number
  /** Bytes of the instruction that makes a system call. */
  readonly instruction: readonly number[]
}

/**
 * Offsets from the stack pointer when a handler calls rt_sigreturn(2) (asm/sigcontext.h,
 * asm-generic/ucontext.h).
 */
export const signalLayout: Readonly<Record<Arch, SignalLayout>> = {
  // struct ucontext: the address to return to before it has been taken from the stack. Its
  // registers begin at 40.
  x64: {
    size: 304,
    number: 144,
    result: 144,
    next: 168,
    arguments: [104, 112, 136, 56, 40, 48],
    blocked: 296,
    instruction: [0x0f, 0x05],
  },
  // struct rt_sigframe: siginfo of 128 bytes, then struct ucontext, whose registers begin at 184.
  arm64: {
    size: 576,
    number: 376,
    result: 312,
    next: 568,
    arguments: [312, 320, 328, 336, 344, 352],
    blocked: 168,
    instruction: [0x01, 0x00, 0x00, 0xd4],
  },
}

/** Frame of a thread that calls rt_sigreturn(2). Undefined for one that cannot be found. */
export function readSignalFrame(tracee: Tracee, arch: Arch): SignalFrame | undefined {
  const address = tracee.stackPointer
  if (address === undefined) return undefined
  const layout = signalLayout[arch]
  const bytes = Buffer.from(tracee.read(address, layout.size))
  return {
    address,
    number: readWord(bytes, layout.number),
    next: readWord(bytes, layout.next),
    arguments: layout.arguments.map((offset) => readWord(bytes, offset)),
    blocked: bytes.subarray(layout.blocked, layout.blocked + 8),
  }
}

/** True for the address of an instruction that makes a system call. */
export function isInstruction(tracee: Tracee, arch: Arch, address: number): boolean {
  const { instruction } = signalLayout[arch]
  return tracee.read(address, instruction.length).equals(Buffer.from(instruction))
}
