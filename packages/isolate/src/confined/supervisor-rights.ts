import type { System } from '../listener/system.ts'

/** _LINUX_CAPABILITY_VERSION_3: sets of 64 bits, in two halves. */
const VERSION = 0x20080522
/** struct __user_cap_data_struct: effective, permitted, inheritable. */
const halfSize = 12

/**
 * Takes all other capabilities from the calling thread (capabilities(7)). Some files, as those of
 * /proc, show or allow more if they were opened by a thread that has more of them.
 */
export function keepCapabilities(system: System, kept: bigint): void {
  const header = system.allocate(8)
  const sets = system.allocate(2 * halfSize)
  header.bytes.writeUInt32LE(VERSION, 0)
  const result = system.call('capget', header.address, sets.address)
  if (result !== 0) throw new Error(`cannot read capabilities: errno ${-result}`)
  for (let at = 0; at < sets.bytes.length; at += 4) {
    const half = Number(BigInt.asUintN(32, at < halfSize ? kept : kept >> 32n))
    sets.bytes.writeUInt32LE((sets.bytes.readUInt32LE(at) & half) >>> 0, at)
  }
  const changed = system.call('capset', header.address, sets.address)
  if (changed !== 0) throw new Error(`cannot give up capabilities: errno ${-changed}`)
}
