/** A static program for arm64 Linux that makes the directory `/made` and ends with 0. */
export function arm64Program(): Buffer {
  const code = [
    0xd2800448, // mov x8, mkdirat
    0x92800c60, // mov x0, AT_FDCWD
    0x100000c1, // adr x1, path
    0xd2803da2, // mov x2, 0755
    0xd4000001, // svc 0
    0xd2800bc8, // mov x8, exit_group
    0xd2800000, // mov x0, 0
    0xd4000001, // svc 0
  ]
  const headers = 64 + 56
  const program = Buffer.alloc(headers + 4 * code.length + 8)
  program.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  program.writeUInt16LE(2, 16) // executable
  program.writeUInt16LE(183, 18) // arm64
  program.writeUInt32LE(1, 20)
  program.writeBigUInt64LE(BigInt(0x400000 + headers), 24) // entry
  program.writeBigUInt64LE(64n, 32) // program headers
  program.writeUInt16LE(64, 52)
  program.writeUInt16LE(56, 54)
  program.writeUInt16LE(1, 56)
  program.writeUInt32LE(1, 64) // PT_LOAD
  program.writeUInt32LE(5, 68) // readable, executable
  program.writeBigUInt64LE(0x400000n, 80)
  program.writeBigUInt64LE(0x400000n, 88)
  program.writeBigUInt64LE(BigInt(program.length), 96)
  program.writeBigUInt64LE(BigInt(program.length), 104)
  program.writeBigUInt64LE(0x10000n, 112)
  code.forEach((word, index) => program.writeUInt32LE(word, headers + 4 * index))
  program.write('/made', headers + 4 * code.length)
  return program
}
