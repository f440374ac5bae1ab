/** Name of the attribute that holds the access control list of a file (acl(5)). */
export const accessAcl = 'system.posix_acl_access'
/** The list that new files of a directory get. */
export const defaultAcl = 'system.posix_acl_default'

/** Kinds of entries (linux/posix_acl.h). */
const USER_OBJ = 1
const GROUP_OBJ = 4
const MASK = 16
const OTHER = 32

const version = 2
const headSize = 4
const entrySize = 8

/** An access control list that has been read. */
export interface Acl {
  /** Permission bits of owner, group class and others, nine bits. */
  readonly mode: number
  /** It says no more than its permission bits. */
  readonly isMinimal: boolean
}

/** Reads the value of an attribute (linux/posix_acl_xattr.h). Undefined for what is no list. */
export function readAcl(value: Buffer): Acl | undefined {
  if (value.length < headSize || (value.length - headSize) % entrySize !== 0 || value.readUInt32LE(0) !== version)
    return undefined
  const entries = Array.from({ length: (value.length - headSize) / entrySize }, (_, index) => {
    const at = headSize + index * entrySize
    return { tag: value.readUInt16LE(at), permissions: value.readUInt16LE(at + 2) & 7 }
  })
  const find = (tag: number): number | undefined => entries.find((entry) => entry.tag === tag)?.permissions
  const [owner, group, mask, other] = [find(USER_OBJ), find(GROUP_OBJ), find(MASK), find(OTHER)]
  if (owner === undefined || group === undefined || other === undefined) return undefined
  return { mode: (owner << 6) | ((mask ?? group) << 3) | other, isMinimal: entries.length === 3 }
}

/**
 * List and permission bits (nine bits) of a new file with the requested mode, in a directory with a
 * default list (acl(5) § Object creation).
 */
export function inheritAcl(
  value: Uint8Array,
  asked: number,
): { readonly mode: number; readonly list: Uint8Array | undefined } {
  const list = Buffer.from(value)
  const hasMask = readTags(list).includes(MASK)
  for (const [index, tag] of readTags(list).entries()) {
    const shift = modeShift(tag, hasMask)
    const at = headSize + index * entrySize + 2
    if (shift !== undefined) list.writeUInt16LE(list.readUInt16LE(at) & (asked >> shift) & 7, at)
  }
  const acl = readAcl(list)
  if (acl === undefined) return { mode: asked & 0o777, list: undefined }
  return { mode: acl.mode, list: acl.isMinimal ? undefined : new Uint8Array(list) }
}

/**
 * The list after a change of the permission bits (acl(5) § Correspondence between ACL entries and
 * file permission bits).
 */
export function withMode(value: Uint8Array, mode: number): Uint8Array {
  const changed = Buffer.from(value)
  const hasMask = readTags(changed).includes(MASK)
  for (const [index, tag] of readTags(changed).entries()) {
    const shift = modeShift(tag, hasMask)
    if (shift !== undefined) changed.writeUInt16LE((mode >> shift) & 7, headSize + index * entrySize + 2)
  }
  return new Uint8Array(changed)
}

/** Place of an entry in the permission bits; undefined for entries that are not among them. */
function modeShift(tag: number, hasMask: boolean): number | undefined {
  if (tag === USER_OBJ) return 6
  if (tag === OTHER) return 0
  return tag === (hasMask ? MASK : GROUP_OBJ) ? 3 : undefined
}

function readTags(value: Buffer): readonly number[] {
  const count = Math.floor((value.length - headSize) / entrySize)
  return Array.from({ length: count }, (_, index) => value.readUInt16LE(headSize + index * entrySize))
}
