/** The two parts of a device number as Linux packs them (makedev(3)). */
export interface DeviceNumber {
  readonly major: number
  readonly minor: number
}

/** Packs a device number for `mknod`. */
export function packDevice({ major, minor }: DeviceNumber): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)]
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
}

/** Takes apart the `rdev` of a stat. */
export function unpackDevice(device: bigint): DeviceNumber {
  const major = ((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn)
  const minor = ((device >> 12n) & 0xffffff00n) | (device & 0xffn)
  return { major: Number(major), minor: Number(minor) }
}
