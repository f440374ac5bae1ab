const magics: readonly (readonly number[])[] = [
  [0x1f, 0x8b], // gzip
  [0x28, 0xb5, 0x2f, 0xfd], // zstd
  [0x42, 0x5a, 0x68], // bzip2
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], // xz
]

/** Tells a tar, compressed or not, from anything else by its first 512 bytes. The end-of-archive block counts: an empty tar is one. */
export function isArchive(head: Uint8Array): boolean {
  if (magics.some((magic) => magic.every((byte, index) => head[index] === byte))) return true
  if (head.length < 512) return false
  const block = head.subarray(0, 512)
  if (block.every((byte) => byte === 0)) return true
  // The checksum of a header is the sum of its bytes with its own field as spaces (POSIX pax, ustar header).
  const recorded = Number.parseInt(new TextDecoder().decode(block.subarray(148, 156)).trim(), 8)
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0) === recorded
}
