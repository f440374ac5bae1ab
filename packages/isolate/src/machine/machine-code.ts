/** Processors that launchers can be built for. */
export type Arch = 'x64' | 'arm64'

/**
 * Words of 64 bits in a row of the call table: number, six arguments, errors to ignore (bit n:
 * errno n), row to go on with after a result that is not 0.
 */
export const rowWords = 9

/** File descriptor the launcher reports on. */
export const reportFd = 3

/**
 * Records on the report descriptor: two words, a key and a value. A key above these is the address
 * of the row that failed; the value is its errno.
 */
export const recordSize = 16

/**
 * The launcher's only code: a loop over the call table. Each row is performed; an error that the
 * row does not ignore is written to the report descriptor as a record of the row's address and the
 * errno, and ends the process with status 127. The loop has no end: the last row executes a program
 * or exits.
 */
export function machineCode(arch: Arch, table: bigint): Uint8Array {
  const code = Uint8Array.from(
    arch === 'x64' ? x64 : arm64.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]),
  )
  new DataView(code.buffer).setBigUint64(arch === 'x64' ? 2 : code.length - 8, table, true)
  return code
}

// biome-ignore format: one instruction a line
const x64: readonly number[] = [
  0x48, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, //       mov rbx, table
  0x48, 0x8b, 0x03, //                   loop: mov rax, [rbx]
  0x48, 0x8b, 0x7b, 0x08, //                   mov rdi, [rbx+8]
  0x48, 0x8b, 0x73, 0x10, //                   mov rsi, [rbx+16]
  0x48, 0x8b, 0x53, 0x18, //                   mov rdx, [rbx+24]
  0x4c, 0x8b, 0x53, 0x20, //                   mov r10, [rbx+32]
  0x4c, 0x8b, 0x43, 0x28, //                   mov r8, [rbx+40]
  0x4c, 0x8b, 0x4b, 0x30, //                   mov r9, [rbx+48]
  0x0f, 0x05, //                               syscall
  0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, //       cmp rax, -4095
  0x72, 0x2f, //                               jb next
  0x48, 0xf7, 0xd8, //                         neg rax
  0x48, 0x8b, 0x4b, 0x38, //                   mov rcx, [rbx+56]
  0x48, 0x0f, 0xa3, 0xc1, //                   bt rcx, rax
  0x72, 0x22, //                               jc next
  0x50, //                                     push rax
  0x53, //                                     push rbx
  0xb8, 1, 0, 0, 0, //                         mov eax, write
  0xbf, reportFd, 0, 0, 0, //                  mov edi, report descriptor
  0x48, 0x89, 0xe6, //                         mov rsi, rsp
  0xba, recordSize, 0, 0, 0, //                mov edx, 16
  0x0f, 0x05, //                               syscall
  0xb8, 60, 0, 0, 0, //                        mov eax, exit
  0xbf, 127, 0, 0, 0, //                       mov edi, 127
  0x0f, 0x05, //                               syscall
  0x48, 0x8d, 0x53, 0x48, //             next: lea rdx, [rbx+72]
  0x48, 0x85, 0xc0, //                         test rax, rax
  0x48, 0x0f, 0x45, 0x53, 0x40, //             cmovnz rdx, [rbx+64]
  0x48, 0x89, 0xd3, //                         mov rbx, rdx
  0xeb, 0x9b, //                               jmp loop
]

// biome-ignore format: one instruction a line
const arm64: readonly number[] = [
  0x58000333, //       ldr x19, table
  0xa9400268, // loop: ldp x8, x0, [x19]
  0xa9410a61, //       ldp x1, x2, [x19, #16]
  0xa9421263, //       ldp x3, x4, [x19, #32]
  0xa9435265, //       ldp x5, x20, [x19, #48]
  0xd4000001, //       svc #0
  0xb13ffc1f, //       cmn x0, #4095
  0x540001a3, //       b.cc next
  0xcb0003e0, //       neg x0, x0
  0x9ac02694, //       lsr x20, x20, x0
  0x37000154, //       tbnz w20, #0, next
  0xa9bf03f3, //       stp x19, x0, [sp, #-16]!
  0xd2800808, //       mov x8, write
  0xd2800060, //       mov x0, report descriptor
  0x910003e1, //       mov x1, sp
  0xd2800202, //       mov x2, #16
  0xd4000001, //       svc #0
  0xd2800ba8, //       mov x8, exit
  0xd2800fe0, //       mov x0, #127
  0xd4000001, //       svc #0
  0xf9402275, // next: ldr x21, [x19, #64]
  0x91012273, //       add x19, x19, #72
  0xf100001f, //       cmp x0, #0
  0x9a9312b3, //       csel x19, x21, x19, ne
  0x17ffffe9, //       b loop
  0, 0, //      table: .quad
]
