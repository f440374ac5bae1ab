/** Machine code of `rowCode` for arm64, as words of 32 bits. */
// biome-ignore format: one instruction a line
export const rowCodeArm64: readonly number[] = [
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
  0x540008e8, //            b.hi end
  0x540008e0, //            b.eq copy
  0xb100111f, //            cmn x8, #0x4
  0x54000948, //            b.hi branch
  0x540009c0, //            b.eq digits
  0xb100191f, //            cmn x8, #0x6
  0x54000aa8, //            b.hi name
  0x54000c80, //            b.eq mark
  0xb100211f, //            cmn x8, #0x8
  0x540003e8, //            b.hi find
  0x54000cc0, //            b.eq above
  0xf9400025, //    normal: ldr x5, [x1]
  0xd2800006, //            mov x6, #0x0
  0xb4fffdc5, //            cbz x5, away
  0x39400007, //            ldrb w7, [x0]
  0x7100bcff, //            cmp w7, #0x2f
  0x54fffd61, //            b.ne away
  0x910004c6, //   element: add x6, x6, #0x1
  0xeb0500df, //            cmp x6, x5
  0x54fffd02, //            b.cs away
  0x38666807, //            ldrb w7, [x0, x6]
  0x34fffcc7, //            cbz w7, away
  0x7100bcff, //            cmp w7, #0x2f
  0x54fffc80, //            b.eq away
  0x7100b8ff, //            cmp w7, #0x2e
  0x540000e1, //            b.ne rest
  0x910004c6, //            add x6, x6, #0x1
  0xeb0500df, //            cmp x6, x5
  0x54fffbe2, //            b.cs away
  0x38666807, //            ldrb w7, [x0, x6]
  0x7100bcff, //            cmp w7, #0x2f
  0x54fffb89, //            b.ls away
  0x910004c6, //      rest: add x6, x6, #0x1
  0xeb0500df, //            cmp x6, x5
  0x54fffb22, //            b.cs away
  0x38666807, //            ldrb w7, [x0, x6]
  0x34fffb27, //            cbz w7, next
  0x7100bcff, //            cmp w7, #0x2f
  0x54ffff41, //            b.ne rest
  0x17ffffea, //            b element
  0xf9400025, //      find: ldr x5, [x1]
  0xd2800006, //            mov x6, #0x0
  0x52800007, //            mov w7, #0x0
  0xeb0500df, //      hash: cmp x6, x5
  0x54fff9e2, //            b.cs away
  0x38666808, //            ldrb w8, [x0, x6]
  0x340000a8, //            cbz w8, hashed
  0x0b0714e7, //            add w7, w7, w7, lsl #5
  0x0b0800e7, //            add w7, w7, w8
  0x910004c6, //            add x6, x6, #0x1
  0x17fffff9, //            b hash
  0xb4fff906, //    hashed: cbz x6, away
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
  0x17ffffbb, //            b next
  0xd2790042, //     other: eor x2, x2, #0x80
  0xf1000421, //            subs x1, x1, #0x1
  0x54fffe60, //            b.eq again
  0x17ffffb5, //            b away
  0xd65f03c0, //       end: ret
  0xb4fff6a2, //      copy: cbz x2, next
  0x38401407, //            ldrb w7, [x0], #1
  0x38001427, //            strb w7, [x1], #1
  0xd1000442, //            sub x2, x2, #0x1
  0x17fffffc, //            b copy
  0xb9400007, //    branch: ldr w7, [x0]
  0x0a0100e7, //            and w7, w7, w1
  0x6b0200ff, //            cmp w7, w2
  0x54fff560, //            b.eq away
  0x17ffffac, //            b next
  0xb9400007, //    digits: ldr w7, [x0]
  0x52800146, //            mov w6, #0xa
  0x1ac608e5, //     digit: udiv w5, w7, w6
  0x1b069ca4, //            msub w4, w5, w6, w7
  0x1100c084, //            add w4, w4, #0x30
  0x381ffc24, //            strb w4, [x1, #-1]!
  0x2a0503e7, //            mov w7, w5
  0x35ffff67, //            cbnz w7, digit
  0x17ffffa3, //            b next
  0xf9400025, //      name: ldr x5, [x1]
  0xd2800006, //            mov x6, #0x0
  0xeb0500df, // character: cmp x6, x5
  0x54fff3a2, //            b.cs away
  0x38666807, //            ldrb w7, [x0, x6]
  0x340000a7, //            cbz w7, named
  0x7100bcff, //            cmp w7, #0x2f
  0x54fff320, //            b.eq away
  0x910004c6, //            add x6, x6, #0x1
  0x17fffff9, //            b character
  0xf10008df, //     named: cmp x6, #0x2
  0x54fff2e8, //            b.hi next
  0x39400007, //            ldrb w7, [x0]
  0x7100b8ff, //            cmp w7, #0x2e
  0x54fff249, //            b.ls away
  0x17ffff93, //            b next
  0xb9400007, //      mark: ldr w7, [x0]
  0x0a0200e7, //            and w7, w7, w2
  0x38676827, //            ldrb w7, [x1, x7]
  0x34fff1e7, //            cbz w7, next
  0x17ffff8c, //            b away
  0xf9400025, //     above: ldr x5, [x1]
  0xd2800006, //            mov x6, #0x0
  0xd2800004, //            mov x4, #0x0
  0xeb0500df, //      part: cmp x6, x5
  0x54fff0e2, //            b.cs away
  0x38666807, //            ldrb w7, [x0, x6]
  0x38266847, //            strb w7, [x2, x6]
  0x910004c6, //            add x6, x6, #0x1
  0x340000a7, //            cbz w7, parted
  0x7100bcff, //            cmp w7, #0x2f
  0x54ffff21, //            b.ne part
  0xaa0603e4, //            mov x4, x6
  0x17fffff7, //            b part
  0xb4ffefc4, //    parted: cbz x4, away
  0x3824685f, //            strb wzr, [x2, x4]
  0x91000484, //            add x4, x4, #0x1
  0xeb06009f, //            cmp x4, x6
  0x54ffef40, //            b.eq away
  0x17ffff7b, //            b next
]
