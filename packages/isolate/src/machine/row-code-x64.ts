/** Machine code of `rowCode` for x86-64, as bytes. */
// biome-ignore format: one instruction a line
export const rowCodeX64: readonly number[] = [
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
  0x0f, 0x84, 0xfe, 0x00, 0x00, 0x00, //                        je end
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0xfb, 0x00, 0x00, 0x00, //                        je copy
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0xff, 0x00, 0x00, 0x00, //                        je branch
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0x07, 0x01, 0x00, 0x00, //                        je digits
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0x1a, 0x01, 0x00, 0x00, //                        je name
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0x4b, 0x01, 0x00, 0x00, //                        je mark
  0x48, 0xff, 0xc0, //                                          inc rax
  0x74, 0x5e, //                                                je find
  0x48, 0xff, 0xc0, //                                          inc rax
  0x0f, 0x84, 0x50, 0x01, 0x00, 0x00, //                        je above
  0x48, 0x8b, 0x36, //                                  normal: mov rsi, [rsi]
  0x31, 0xc9, //                                                xor ecx, ecx
  0x48, 0x85, 0xf6, //                                          test rsi, rsi
  0x74, 0xa6, //                                                je away
  0x80, 0x3f, 0x2f, //                                          cmp byte [rdi], 0x2f
  0x75, 0xa1, //                                                jne away
  0x48, 0xff, 0xc1, //                                 element: inc rcx
  0x48, 0x39, 0xf1, //                                          cmp rcx, rsi
  0x73, 0x99, //                                                jae away
  0x8a, 0x04, 0x0f, //                                          mov al, byte [rdi+rcx]
  0x84, 0xc0, //                                                test al, al
  0x74, 0x92, //                                                je away
  0x3c, 0x2f, //                                                cmp al, 0x2f
  0x74, 0x8e, //                                                je away
  0x3c, 0x2e, //                                                cmp al, 0x2e
  0x75, 0x12, //                                                jne rest
  0x48, 0xff, 0xc1, //                                          inc rcx
  0x48, 0x39, 0xf1, //                                          cmp rcx, rsi
  0x73, 0x82, //                                                jae away
  0x80, 0x3c, 0x0f, 0x2f, //                                    cmp byte [rdi+rcx], 0x2f
  0x0f, 0x86, 0x78, 0xff, 0xff, 0xff, //                        jbe away
  0x48, 0xff, 0xc1, //                                    rest: inc rcx
  0x48, 0x39, 0xf1, //                                          cmp rcx, rsi
  0x0f, 0x83, 0x6c, 0xff, 0xff, 0xff, //                        jae away
  0x8a, 0x04, 0x0f, //                                          mov al, byte [rdi+rcx]
  0x84, 0xc0, //                                                test al, al
  0x0f, 0x84, 0x67, 0xff, 0xff, 0xff, //                        je next
  0x3c, 0x2f, //                                                cmp al, 0x2f
  0x75, 0xe5, //                                                jne rest
  0xeb, 0xba, //                                                jmp element
  0x4c, 0x8b, 0x0e, //                                    find: mov r9, [rsi]
  0x31, 0xc9, //                                                xor ecx, ecx
  0x31, 0xc0, //                                                xor eax, eax
  0x4c, 0x39, 0xc9, //                                    hash: cmp rcx, r9
  0x0f, 0x83, 0x4b, 0xff, 0xff, 0xff, //                        jae away
  0x0f, 0xb6, 0x34, 0x0f, //                                    movzx esi, byte [rdi+rcx]
  0x85, 0xf6, //                                                test esi, esi
  0x74, 0x0a, //                                                je hashed
  0x6b, 0xc0, 0x21, //                                          imul eax, eax, 0x21
  0x01, 0xf0, //                                                add eax, esi
  0x48, 0xff, 0xc1, //                                          inc rcx
  0xeb, 0xe5, //                                                jmp hash
  0x85, 0xc9, //                                        hashed: test ecx, ecx
  0x0f, 0x84, 0x31, 0xff, 0xff, 0xff, //                        je away
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
  0xe9, 0x06, 0xff, 0xff, 0xff, //                              jmp next
  0x48, 0x81, 0xf2, 0x80, 0x00, 0x00, 0x00, //           other: xor rdx, 0x80
  0x31, 0xc9, //                                                xor ecx, ecx
  0x40, 0xfe, 0xce, //                                          dec sil
  0x74, 0xd7, //                                                je same
  0xe9, 0xed, 0xfe, 0xff, 0xff, //                              jmp away
  0x48, 0x89, 0xf8, //                                     end: mov rax, rdi
  0x5d, //                                                      pop rbp
  0x5b, //                                                      pop rbx
  0xc3, //                                                      ret
  0x48, 0x89, 0xd1, //                                    copy: mov rcx, rdx
  0x48, 0x87, 0xf7, //                                          xchg rdi, rsi
  0xf3, 0xa4, //                                                rep movsb
  0xe9, 0xe0, 0xfe, 0xff, 0xff, //                              jmp next
  0x8b, 0x07, //                                        branch: mov eax, [rdi]
  0x21, 0xf0, //                                                and eax, esi
  0x39, 0xd0, //                                                cmp eax, edx
  0x0f, 0x84, 0xce, 0xfe, 0xff, 0xff, //                        je away
  0xe9, 0xcf, 0xfe, 0xff, 0xff, //                              jmp next
  0x8b, 0x07, //                                        digits: mov eax, [rdi]
  0xb9, 0x0a, 0x00, 0x00, 0x00, //                              mov ecx, 0xa
  0x31, 0xd2, //                                         digit: xor edx, edx
  0xf7, 0xf1, //                                                div ecx
  0x83, 0xc2, 0x30, //                                          add edx, 0x30
  0x48, 0xff, 0xce, //                                          dec rsi
  0x88, 0x16, //                                                mov byte [rsi], dl
  0x85, 0xc0, //                                                test eax, eax
  0x75, 0xf0, //                                                jne digit
  0xe9, 0xb3, 0xfe, 0xff, 0xff, //                              jmp next
  0x48, 0x8b, 0x36, //                                    name: mov rsi, [rsi]
  0x31, 0xc9, //                                                xor ecx, ecx
  0x48, 0x39, 0xf1, //                               character: cmp rcx, rsi
  0x0f, 0x83, 0x9f, 0xfe, 0xff, 0xff, //                        jae away
  0x8a, 0x04, 0x0f, //                                          mov al, byte [rdi+rcx]
  0x84, 0xc0, //                                                test al, al
  0x74, 0x0d, //                                                je named
  0x3c, 0x2f, //                                                cmp al, 0x2f
  0x0f, 0x84, 0x90, 0xfe, 0xff, 0xff, //                        je away
  0x48, 0xff, 0xc1, //                                          inc rcx
  0xeb, 0xe3, //                                                jmp character
  0x48, 0x83, 0xf9, 0x02, //                             named: cmp rcx, 0x2
  0x0f, 0x87, 0x87, 0xfe, 0xff, 0xff, //                        ja next
  0x80, 0x3f, 0x2e, //                                          cmp byte [rdi], 0x2e
  0x0f, 0x86, 0x78, 0xfe, 0xff, 0xff, //                        jbe away
  0xe9, 0x79, 0xfe, 0xff, 0xff, //                              jmp next
  0x8b, 0x07, //                                          mark: mov eax, [rdi]
  0x21, 0xd0, //                                                and eax, edx
  0x80, 0x3c, 0x06, 0x00, //                                    cmp byte [rsi+rax], 0x0
  0x0f, 0x84, 0x6b, 0xfe, 0xff, 0xff, //                        je next
  0xe9, 0x60, 0xfe, 0xff, 0xff, //                              jmp away
  0x48, 0x8b, 0x36, //                                   above: mov rsi, [rsi]
  0x31, 0xc9, //                                                xor ecx, ecx
  0x45, 0x31, 0xc0, //                                          xor r8d, r8d
  0x48, 0x39, 0xf1, //                                    part: cmp rcx, rsi
  0x0f, 0x83, 0x4f, 0xfe, 0xff, 0xff, //                        jae away
  0x8a, 0x04, 0x0f, //                                          mov al, byte [rdi+rcx]
  0x88, 0x04, 0x0a, //                                          mov byte [rdx+rcx], al
  0x48, 0xff, 0xc1, //                                          inc rcx
  0x84, 0xc0, //                                                test al, al
  0x74, 0x09, //                                                je parted
  0x3c, 0x2f, //                                                cmp al, 0x2f
  0x75, 0xe6, //                                                jne part
  0x49, 0x89, 0xc8, //                                          mov r8, rcx
  0xeb, 0xe1, //                                                jmp part
  0x4d, 0x85, 0xc0, //                                  parted: test r8, r8
  0x0f, 0x84, 0x30, 0xfe, 0xff, 0xff, //                        je away
  0x42, 0xc6, 0x04, 0x02, 0x00, //                              mov byte [rdx+r8], 0x0
  0x49, 0xff, 0xc0, //                                          inc r8
  0x49, 0x39, 0xc8, //                                          cmp r8, rcx
  0x0f, 0x84, 0x1f, 0xfe, 0xff, 0xff, //                        je away
  0xe9, 0x20, 0xfe, 0xff, 0xff, //                              jmp next
]
