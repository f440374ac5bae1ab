import { S_IFBLK, S_IFCHR, S_IFMT } from '../listener/kernel.ts'
import type { LedgerDevice } from './ledger.ts'

/**
 * Extended attribute of an empty file in the place of a device, where the kernel keeps owners but
 * makes no devices. The file has the owner and mode of the device, and copies of it the attribute.
 */
export const deviceAttribute = 'user.tsbuild.device'

/** Value of the attribute: `c` or `b`, major and minor number. */
export function encodeDevice({ kind, major, minor }: LedgerDevice): Uint8Array {
  return Buffer.from(`${kind === 'block' ? 'b' : 'c'} ${major} ${minor}`)
}

/** Reads such a value. Undefined for any other, which a process may have written. */
export function decodeDevice(value: Uint8Array): LedgerDevice | undefined {
  const [, kind, major, minor] = /^([bc]) (\d{1,10}) (\d{1,10})$/.exec(Buffer.from(value).toString('latin1')) ?? []
  if (kind === undefined) return undefined
  return { kind: kind === 'b' ? 'block' : 'character', major: Number(major), minor: Number(minor) }
}

/**
 * The device that mknod(2) requests. Undefined for other files, and for device 0:0, which marks
 * removals in overlays and may be made by anybody.
 */
export function requestedDevice(mode: number, number: number): LedgerDevice | undefined {
  const type = mode & S_IFMT
  if (type !== S_IFBLK && (type !== S_IFCHR || number === 0)) return undefined
  return {
    kind: type === S_IFBLK ? 'block' : 'character',
    major: (number >>> 8) & 0xfff,
    minor: (number & 0xff) | ((number >>> 12) & 0xfff00),
  }
}
