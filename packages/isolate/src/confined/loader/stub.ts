import type { Arch } from '../../machine/machine-code.ts'

/** First argument of the `openat` by which the stub asks for its table. */
export const askForTable = -7777

/** Words of 64 bits in a row of the table: number, six arguments, and 1 if errors do not matter. */
export const rowWords = 8

/** Numbers of rows that are no system calls. */
export const rowKind = {
  /** Sets the stack pointer to the first argument and jumps to the second. */
  start: -1,
  /** Fills memory with zeros: address, size. */
  clear: -2,
} as const

/**
 * The program that the kernel loads in place of the guest's. It asks the supervisor for a table
 * (`openat`, with its stack pointer as the path; the result is the address), performs the rows,
 * which map the guest's program, and starts it. An error ends it with SIGSEGV, as the kernel ends a
 * program that it cannot load.
 */
export function buildStub(arch: Arch): Uint8Array {
  const code = Uint8Array.from(
    arch === 'x64' ? x64 : arm64.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]),
  )
  const elf = Buffer.alloc(headerSize + code.length)
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // ELF, 64 bits, little-endian, version 1
  // Position-independent and without interpreter: mapped far from where programs expect to be.
  elf.writeUInt16LE(ET_DYN, 16)
  elf.writeUInt16LE(arch === 'x64' ? 62 : 183, 18)
  elf.writeUInt32LE(1, 20)
  elf.writeBigUInt64LE(BigInt(headerSize), 24) // entry point
  elf.writeBigUInt64LE(64n, 32) // program headers
  elf.writeUInt16LE(64, 52)
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(2, 56)
  writeSegment(elf.subarray(64), { type: PT_LOAD, flags: PF_R | PF_X, size: elf.length, align: 0x10000n })
  writeSegment(elf.subarray(64 + 56), { type: PT_GNU_STACK, flags: PF_R | PF_W, size: 0, align: 16n })
  elf.set(code, headerSize)
  return elf
}

const headerSize = 64 + 2 * 56
const ET_DYN = 3
const PT_LOAD = 1
const PT_GNU_STACK = 0x6474e551
const PF_X = 1
const PF_W = 2
const PF_R = 4

interface Segment {
  readonly type: number
  readonly flags: number
  readonly size: number
  readonly align: bigint
}

function writeSegment(bytes: Buffer, { type, flags, size, align }: Segment): void {
  bytes.writeUInt32LE(type, 0)
  bytes.writeUInt32LE(flags, 4)
  bytes.writeBigUInt64LE(BigInt(size), 32)
  bytes.writeBigUInt64LE(BigInt(size), 40)
  bytes.writeBigUInt64LE(align, 48)
}

// biome-ignore format: one instruction a line
const x64: readonly number[] = [
  0x48, 0x89, 0xe6, //                            mov rsi, rsp
  0xbf, 0x9f, 0xe1, 0xff, 0xff, //                mov edi, -7777
  0xb8, 0x01, 0x01, 0x00, 0x00, //                mov eax, openat
  0x0f, 0x05, //                                  syscall
  0x48, 0x89, 0xc3, //                            mov rbx, rax
  0x48, 0x8b, 0x03, //                      loop: mov rax, [rbx]
  0x48, 0x8b, 0x7b, 0x08, //                      mov rdi, [rbx+8]
  0x48, 0x8b, 0x73, 0x10, //                      mov rsi, [rbx+16]
  0x48, 0x8b, 0x53, 0x18, //                      mov rdx, [rbx+24]
  0x4c, 0x8b, 0x53, 0x20, //                      mov r10, [rbx+32]
  0x4c, 0x8b, 0x43, 0x28, //                      mov r8, [rbx+40]
  0x4c, 0x8b, 0x4b, 0x30, //                      mov r9, [rbx+48]
  0x48, 0x83, 0xc3, 0x40, //                      add rbx, 64
  0x48, 0x85, 0xc0, //                            test rax, rax
  0x78, 0x11, //                                  js special
  0x0f, 0x05, //                                  syscall
  0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, //          cmp rax, -4095
  0x72, 0xd2, //                                  jb loop
  0xf6, 0x43, 0xf8, 0x01, //                      test byte [rbx-8], 1
  0x75, 0xcc, //                                  jnz loop
  0xf4, //                                        hlt
  0xff, 0xc0, //                         special: inc eax
  0x74, 0x09, //                                  jz start
  0x48, 0x89, 0xf1, //                            mov rcx, rsi
  0x31, 0xc0, //                                  xor eax, eax
  0xf3, 0xaa, //                                  rep stosb
  0xeb, 0xbe, //                                  jmp loop
  0x48, 0x89, 0xfc, //                     start: mov rsp, rdi
  0x31, 0xd2, //                                  xor edx, edx
  0x31, 0xed, //                                  xor ebp, ebp
  0xff, 0xe6, //                                  jmp rsi
]

// biome-ignore format: one instruction a line
const arm64: readonly number[] = [
  0x910003e1, //          mov x1, sp
  0x9283cc00, //          mov x0, #-7777
  0xd2800708, //          mov x8, #56
  0xd4000001, //          svc #0
  0xaa0003f3, //          mov x19, x0
  0xa9400268, //    loop: ldp x8, x0, [x19]
  0xa9410a61, //          ldp x1, x2, [x19, #16]
  0xa9421263, //          ldp x3, x4, [x19, #32]
  0xa9435265, //          ldp x5, x20, [x19, #48]
  0x91010273, //          add x19, x19, #64
  0xb7f800c8, //          tbnz x8, #63, special
  0xd4000001, //          svc #0
  0xb13ffc1f, //          cmn x0, #4095
  0x54ffff03, //          b.cc loop
  0x3707fef4, //          tbnz w20, #0, loop
  0x00000000, //          udf #0
  0xb100051f, // special: cmn x8, #1
  0x540000a0, //          b.eq start
  0xb4fffe61, //   clear: cbz x1, loop
  0x3800141f, //          strb wzr, [x0], #1
  0xd1000421, //          sub x1, x1, #1
  0x17fffffd, //          b clear
  0x9100001f, //   start: mov sp, x0
  0xd2800000, //          mov x0, #0
  0xd61f0020, //          br x1
]
