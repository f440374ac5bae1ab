import { plainCapability } from './capability.ts'

/** Access ACL of a file, and ACL that a directory gives to what is made in it (acl(5)). */
export const accessAcl = 'system.posix_acl_access'
export const defaultAcl = 'system.posix_acl_default'
export const capability = 'security.capability'

/**
 * True for an extended attribute that is part of an image: capabilities, ACLs and the attributes of
 * users. Others, such as the labels of a security module, belong to the machine. Those of overlayfs
 * would let a layer reach into others. A pax header cannot hold a name with `=`.
 */
export function isLayerXattr(name: string): boolean {
  return name === capability || name === accessAcl || name === defaultAcl || /^user\.(?!overlay\.)[^=]+$/s.test(name)
}

/**
 * The extended attributes that a layer holds, by name in byte order; undefined without any. Other
 * ones count in no digest either.
 */
export function layerXattrs(
  xattrs: ReadonlyMap<string, Uint8Array> | undefined,
): ReadonlyMap<string, Uint8Array> | undefined {
  if (xattrs === undefined || xattrs.size === 0) return undefined
  const kept = [...xattrs].filter(([name]) => isLayerXattr(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  if (kept.length === 0) return undefined
  return new Map(kept.map(([name, value]) => [name, name === capability ? plainCapability(value) : value]))
}

const groupEntry = 0x04
const headerSize = 4
const entrySize = 8

/**
 * Mode of a file that does not get its ACL: beside an ACL the group bits of a mode are the mask of
 * all named users and groups, and may be wider than what the ACL gives the group.
 */
export function modeWithoutAcl(mode: number, acl: Uint8Array): number {
  const view = new DataView(acl.buffer, acl.byteOffset, acl.byteLength)
  for (let at = headerSize; at + entrySize <= acl.length; at += entrySize) {
    const [tag, permissions] = [view.getUint16(at, true), view.getUint16(at + 2, true)]
    if (tag === groupEntry) return mode & (0o7707 | ((permissions & 7) << 3))
  }
  return mode
}
