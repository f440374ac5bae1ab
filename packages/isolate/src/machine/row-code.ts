import type { Arch } from './machine-code.ts'

/**
 * A function of the addresses of a row and of a word: performs rows until one of kind `end`, and
 * returns its result. A row of another kind than `rowKind` has is a system call with this number.
 * Its result is written to the word; an error leads away if the last word of the row is not 0.
 */
export function rowCode(arch: Arch): Uint8Array {
  return Uint8Array.from(
    arch === 'x64' ? x64 : arm64.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]),
  )
}

// biome-ignore format: one instruction a line
const x64: readonly number[] = [
  0x53, //                                                 run: push rbx
  0x55, //                                                      push rbp
  0x48, 0x89, 0xfb, //                                          mov rbx, rdi
  0x48, 0x89, 0xf5, //                                          mov rbp, rsi
  0x48, 0x8b, 0x03, //                                    loop: mov rax, [rbx]
  0x48, 0x8b, 0x7b, 0x08, //                                    mov rdi, [rbx+0x8]
  0x48, 0x8b, 0x73, 0x10, //                                    mov rsi, [rbx+0x10]
  0x48, 0x8b, 0x53, 0x18, //                                    mov rdx, [rbx+0x18]
  0x4c, 0x8b, 0x53, 0x20, //                                    mov r10, [rbx+0x20]
  0x4c, 0x8b, 0x43, 0x28, //                                    mov r8, [rbx+0x28]
  0x48, 0x85, 0xc0, //                                          test rax, rax
  0x78, 0x25, //                                                js special
  0x4c, 0x8b, 0x4b, 0x30, //                                    mov r9, [rbx+0x30]
  0x0f, 0x05, //                                                syscall
  0x48, 0x89, 0x45, 0x00, //                                    mov [rbp+0x0], rax
  0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, //                        cmp rax, 0xfffffffffffff001
  0x72, 0x0d, //                                                jb next
  0x48, 0x83, 0x7b, 0x38, 0x00, //                              cmp [rbx+0x38], 0x0
  0x74, 0x06, //                                                je next
  0x48, 0x8b, 0x5b, 0x38, //                              away: mov rbx, [rbx+0x38]
  0xeb, 0xc5, //                                                jmp loop
  0x48, 0x83, 0xc3, 0x40, //                              next: add rbx, 0x40
  0xeb, 0xbf, //                                                jmp loop
  0x48, 0xff, 0xc0, //                                 special: inc rax
  0x0f, 0x84, 0x9c, 0x00, 0x00, 0x00, //                        je end
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0x99, 0x00, 0x00, 0x00, //                        je copy
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0x9d, 0x00, 0x00, 0x00, //                        je branch
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0xa5, 0x00, 0x00, 0x00, //                        je digits
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0xb8, 0x00, 0x00, 0x00, //                        je page
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0xca, 0x00, 0x00, 0x00, //                        je name
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0xfb, 0x00, 0x00, 0x00, //                        je mark
  0x4c, 0x8b, 0x0e, //                                    find: mov r9, [rsi]
  0x31, 0xc9, //                                                xor ecx, ecx
  0x31, 0xc0, //                                                xor eax, eax
  0x4c, 0x39, 0xc9, //                                    hash: cmp rcx, r9
  0x73, 0xa9, //                                                jae away
  0x0f, 0xb6, 0x34, 0x0f, //                                    movzx esi, byte [rdi+rcx]
  0x85, 0xf6, //                                                test esi, esi
  0x74, 0x0a, //                                                je hashed
  0x6b, 0xc0, 0x21, //                                          imul eax, eax, 0x21
  0x01, 0xf0, //                                                add eax, esi
  0x48, 0xff, 0xc1, //                                          inc rcx
  0xeb, 0xe9, //                                                jmp hash
  0x85, 0xc9, //                                        hashed: test ecx, ecx
  0x74, 0x93, //                                                je away
  0x89, 0xc1, //                                                mov ecx, eax
  0xc1, 0xe9, 0x0f, //                                          shr ecx, 0xf
  0x31, 0xc8, //                                                xor eax, ecx
  0x44, 0x21, 0xd0, //                                          and eax, r10d
  0x48, 0xc1, 0xe0, 0x07, //                                    shl rax, 0x7
  0x48, 0x01, 0xc2, //                                          add rdx, rax
  0x31, 0xc9, //                                                xor ecx, ecx
  0x40, 0xb6, 0x01, //                                          mov sil, 0x1
  0x8a, 0x04, 0x0f, //                                    same: mov al, byte [rdi+rcx]
  0x3a, 0x44, 0x0a, 0x08, //                                    cmp al, byte [rdx+rcx+0x8]
  0x75, 0x12, //                                                jne other
  0x48, 0xff, 0xc1, //                                          inc rcx
  0x84, 0xc0, //                                                test al, al
  0x75, 0xf0, //                                                jne same
  0x48, 0x8b, 0x02, //                                          mov rax, [rdx]
  0x49, 0x89, 0x00, //                                          mov [r8], rax
  0xe9, 0x68, 0xff, 0xff, 0xff, //                              jmp next
  0x48, 0x81, 0xf2, 0x80, 0x00, 0x00, 0x00, //           other: xor rdx, 0x80
  0x31, 0xc9, //                                                xor ecx, ecx
  0x40, 0xfe, 0xce, //                                          dec sil
  0x74, 0xd7, //                                                je same
  0xe9, 0x4f, 0xff, 0xff, 0xff, //                              jmp away
  0x48, 0x89, 0xf8, //                                     end: mov rax, rdi
  0x5d, //                                                      pop rbp
  0x5b, //                                                      pop rbx
  0xc3, //                                                      ret
  0x48, 0x89, 0xd1, //                                    copy: mov rcx, rdx
  0x48, 0x87, 0xf7, //                                          xchg rdi, rsi
  0xf3, 0xa4, //                                                rep movsb
  0xe9, 0x42, 0xff, 0xff, 0xff, //                              jmp next
  0x8b, 0x07, //                                        branch: mov eax, [rdi]
  0x21, 0xf0, //                                                and eax, esi
  0x39, 0xd0, //                                                cmp eax, edx
  0x0f, 0x84, 0x30, 0xff, 0xff, 0xff, //                        je away
  0xe9, 0x31, 0xff, 0xff, 0xff, //                              jmp next
  0x8b, 0x07, //                                        digits: mov eax, [rdi]
  0xb9, 0x0a, 0x00, 0x00, 0x00, //                              mov ecx, 0xa
  0x31, 0xd2, //                                         digit: xor edx, edx
  0xf7, 0xf1, //                                                div ecx
  0x83, 0xc2, 0x30, //                                          add edx, 0x30
  0x48, 0xff, 0xce, //                                          dec rsi
  0x88, 0x16, //                                                mov byte [rsi], dl
  0x85, 0xc0, //                                                test eax, eax
  0x75, 0xf0, //                                                jne digit
  0xe9, 0x15, 0xff, 0xff, 0xff, //                              jmp next
  0x48, 0x8b, 0x07, //                                    page: mov rax, [rdi]
  0xf7, 0xd0, //                                                not eax
  0x25, 0xff, 0x0f, 0x00, 0x00, //                              and eax, 0xfff
  0xff, 0xc0, //                                                inc eax
  0x48, 0x39, 0xd0, //                                          cmp rax, rdx
  0x48, 0x0f, 0x47, 0xc2, //                                    cmova rax, rdx
  0x48, 0x89, 0x06, //                                          mov [rsi], rax
  0xe9, 0xfa, 0xfe, 0xff, 0xff, //                              jmp next
  0x48, 0x8b, 0x36, //                                    name: mov rsi, [rsi]
  0x31, 0xc9, //                                                xor ecx, ecx
  0x48, 0x39, 0xf1, //                               character: cmp rcx, rsi
  0x0f, 0x83, 0xe6, 0xfe, 0xff, 0xff, //                        jae away
  0x8a, 0x04, 0x0f, //                                          mov al, byte [rdi+rcx]
  0x84, 0xc0, //                                                test al, al
  0x74, 0x0d, //                                                je named
  0x3c, 0x2f, //                                                cmp al, 0x2f
  0x0f, 0x84, 0xd7, 0xfe, 0xff, 0xff, //                        je away
  0x48, 0xff, 0xc1, //                                          inc rcx
  0xeb, 0xe3, //                                                jmp character
  0x48, 0x83, 0xf9, 0x02, //                             named: cmp rcx, 0x2
  0x0f, 0x87, 0xce, 0xfe, 0xff, 0xff, //                        ja next
  0x80, 0x3f, 0x2e, //                                          cmp byte [rdi], 0x2e
  0x0f, 0x86, 0xbf, 0xfe, 0xff, 0xff, //                        jbe away
  0xe9, 0xc0, 0xfe, 0xff, 0xff, //                              jmp next
  0x8b, 0x07, //                                          mark: mov eax, [rdi]
  0x21, 0xd0, //                                                and eax, edx
  0x80, 0x3c, 0x06, 0x00, //                                    cmp byte [rsi+rax], 0x0
  0x0f, 0x84, 0xb2, 0xfe, 0xff, 0xff, //                        je next
  0xe9, 0xa7, 0xfe, 0xff, 0xff, //                              jmp away
]

// biome-ignore format: one instruction a line
const arm64: readonly number[] = [
  0xaa0003e9, //       run: mov x9, x0
  0xaa0103ea, //            mov x10, x1
  0xa9400128, //      loop: ldp x8, x0, [x9]
  0xa9410921, //            ldp x1, x2, [x9, #16]
  0xa9421123, //            ldp x3, x4, [x9, #32]
  0xb7f80168, //            tbnz x8, #63, special
  0xa9431d25, //            ldp x5, x7, [x9, #48]
  0xd4000001, //            svc #0x0
  0xf9000140, //            str x0, [x10]
  0xb13ffc1f, //            cmn x0, #0xfff
  0x54000083, //            b.cc next
  0xb4000067, //            cbz x7, next
  0xf9401d29, //      away: ldr x9, [x9, #56]
  0x17fffff5, //            b loop
  0x91010129, //      next: add x9, x9, #0x40
  0x17fffff3, //            b loop
  0xb100091f, //   special: cmn x8, #0x2
  0x54000528, //            b.hi end
  0x54000520, //            b.eq copy
  0xb100111f, //            cmn x8, #0x4
  0x54000588, //            b.hi branch
  0x54000600, //            b.eq digits
  0xb100191f, //            cmn x8, #0x6
  0x540006e8, //            b.hi page
  0x540007c0, //            b.eq name
  0xb1001d1f, //            cmn x8, #0x7
  0x54000980, //            b.eq mark
  0xf9400025, //      find: ldr x5, [x1]
  0xd2800006, //            mov x6, #0x0
  0x52800007, //            mov w7, #0x0
  0xeb0500df, //      hash: cmp x6, x5
  0x54fffda2, //            b.cs away
  0x38666808, //            ldrb w8, [x0, x6]
  0x340000a8, //            cbz w8, hashed
  0x0b0714e7, //            add w7, w7, w7, lsl #5
  0x0b0800e7, //            add w7, w7, w8
  0x910004c6, //            add x6, x6, #0x1
  0x17fffff9, //            b hash
  0xb4fffcc6, //    hashed: cbz x6, away
  0x4a473ce7, //            eor w7, w7, w7, lsr #15
  0x0a0300e7, //            and w7, w7, w3
  0x8b071c42, //            add x2, x2, x7, lsl #7
  0xd2800021, //            mov x1, #0x1
  0x91002045, //     again: add x5, x2, #0x8
  0xd2800006, //            mov x6, #0x0
  0x38666807, //      same: ldrb w7, [x0, x6]
  0x386668a8, //            ldrb w8, [x5, x6]
  0x6b0800ff, //            cmp w7, w8
  0x540000c1, //            b.ne other
  0x910004c6, //            add x6, x6, #0x1
  0x35ffff67, //            cbnz w7, same
  0xf9400047, //            ldr x7, [x2]
  0xf9000087, //            str x7, [x4]
  0x17ffffd9, //            b next
  0xd2790042, //     other: eor x2, x2, #0x80
  0xf1000421, //            subs x1, x1, #0x1
  0x54fffe60, //            b.eq again
  0x17ffffd3, //            b away
  0xd65f03c0, //       end: ret
  0xb4fffa62, //      copy: cbz x2, next
  0x38401407, //            ldrb w7, [x0], #1
  0x38001427, //            strb w7, [x1], #1
  0xd1000442, //            sub x2, x2, #0x1
  0x17fffffc, //            b copy
  0xb9400007, //    branch: ldr w7, [x0]
  0x0a0100e7, //            and w7, w7, w1
  0x6b0200ff, //            cmp w7, w2
  0x54fff920, //            b.eq away
  0x17ffffca, //            b next
  0xb9400007, //    digits: ldr w7, [x0]
  0x52800146, //            mov w6, #0xa
  0x1ac608e5, //     digit: udiv w5, w7, w6
  0x1b069ca4, //            msub w4, w5, w6, w7
  0x1100c084, //            add w4, w4, #0x30
  0x381ffc24, //            strb w4, [x1, #-1]!
  0x2a0503e7, //            mov w7, w5
  0x35ffff67, //            cbnz w7, digit
  0x17ffffc1, //            b next
  0xf9400007, //      page: ldr x7, [x0]
  0xaa2703e7, //            mvn x7, x7
  0x92402ce7, //            and x7, x7, #0xfff
  0x910004e7, //            add x7, x7, #0x1
  0xeb0200ff, //            cmp x7, x2
  0x9a878047, //            csel x7, x2, x7, hi
  0xf9000027, //            str x7, [x1]
  0x17ffffb9, //            b next
  0xf9400025, //      name: ldr x5, [x1]
  0xd2800006, //            mov x6, #0x0
  0xeb0500df, // character: cmp x6, x5
  0x54fff662, //            b.cs away
  0x38666807, //            ldrb w7, [x0, x6]
  0x340000a7, //            cbz w7, named
  0x7100bcff, //            cmp w7, #0x2f
  0x54fff5e0, //            b.eq away
  0x910004c6, //            add x6, x6, #0x1
  0x17fffff9, //            b character
  0xf10008df, //     named: cmp x6, #0x2
  0x54fff5a8, //            b.hi next
  0x39400007, //            ldrb w7, [x0]
  0x7100b8ff, //            cmp w7, #0x2e
  0x54fff509, //            b.ls away
  0x17ffffa9, //            b next
  0xb9400007, //      mark: ldr w7, [x0]
  0x0a0200e7, //            and w7, w7, w2
  0x38676827, //            ldrb w7, [x1, x7]
  0x34fff4a7, //            cbz w7, next
  0x17ffffa2, //            b away
]
