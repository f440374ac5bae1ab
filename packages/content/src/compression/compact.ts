/**
 * The bytes, copied if they are a small part of their buffer. zlib returns results in buffers of
 * the requested size. For a file full of zeros, a megabyte of results would keep half a gigabyte of
 * buffers alive.
 */
export function compact(bytes: Buffer): Buffer {
  return bytes.length < bytes.buffer.byteLength / 4 ? Buffer.from(bytes) : bytes
}
