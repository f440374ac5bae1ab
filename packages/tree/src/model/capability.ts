const revisionMask = 0xff000000
const revision2 = 0x02000000
const revision3 = 0x03000000
const size2 = 20
const size3 = 24

/**
 * File capabilities as a layer must carry them. The kernel stores what is set inside a user
 * namespace as revision 3, with the namespace's root id at the end; this gives revision 2, without
 * it (capabilities(7) § File capability extended attribute versioning). Anything else is returned
 * as it is.
 */
export function plainCapability(value: Uint8Array): Uint8Array {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  if (value.length !== size3 || (view.getUint32(0, true) & revisionMask) !== revision3) return value
  const plain = Uint8Array.from(value.subarray(0, size2))
  const flags = view.getUint32(0, true) & ~revisionMask
  new DataView(plain.buffer).setUint32(0, revision2 | flags, true)
  return plain
}
