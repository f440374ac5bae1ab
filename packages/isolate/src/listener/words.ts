/**
 * A word of 64 bits as a number: exact for sizes, addresses and inode numbers. Faster than big
 * integers.
 */
export function readWord(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000
}

/**
 * Writes a whole number as a word of 64 bits: exact between -2^53 and 2^53. A larger one is an
 * address that no process has.
 */
export function writeWord(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value >>> 0, at)
  bytes.writeInt32LE(Math.floor(value / 0x1_0000_0000) | 0, at + 4)
}
