/**
 * An index, all numbers little-endian:
 *
 *     0  magic "tsindex"   7  version   8  CRC-32 of the rest
 *    12  number of changes   16  bytes of digests   20  bytes of numbers   24  bytes of text   28  bytes of a character
 *    32  digests, 32 bytes each │ numbers, varints │ text, Latin-1 or UTF-16
 *
 * A change is, in numbers: kind with flags, length of its path, and unless it removes: mode, uid,
 * gid, mtime, what its flags and its kind need, and the map of a sparse file. Texts follow each
 * other without separators in the order their lengths do. Columns instead of records, because one
 * big string and one big hex text are cut apart far faster than small ones are decoded.
 */
export const magic = 'tsindex'
export const indexVersion = 1
export const headerSize = 32

/** Kinds of change, by their number. */
export const kinds = ['remove', 'file', 'directory', 'symlink', 'hardlink', 'device', 'fifo'] as const
export const kindMask = 15
export const opaqueFlag = 16
export const xattrsFlag = 32
/**
 * A file with a map of what the tar holds of it: number of parts, then start and length of each.
 */
export const sparseFlag = 64
