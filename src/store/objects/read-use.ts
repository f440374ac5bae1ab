import { setTimeout as sleep } from 'node:timers/promises'
import { liveLeases } from '../../layer/disk/lease.ts'
import type { StorePaths } from '../../layer/disk/store-paths.ts'

/** Use of a store at one moment. */
export interface StoreUse {
  /** Objects used later are in use, or about to be: milliseconds since 1970. */
  readonly cutoff: number
  /** True if no process has a lease. */
  readonly isIdle: boolean
}

/** Kernels date files by a clock that ticks at least a hundred times a second (ms). */
const clockTick = 20
/** Allowance for the difference between that clock and ours (ms). */
const clockError = 1000

/** Reads who uses a store. The cutoff is now, or before the oldest running build began. */
export async function readUse(paths: StorePaths): Promise<StoreUse> {
  const now = Date.now()
  // A build that takes its lease after this look dates all it uses later than now.
  await sleep(clockTick)
  const leases = await liveLeases(paths)
  const cutoff = leases.reduce((earliest, { started }) => Math.min(earliest, started - clockError), now)
  return { cutoff, isIdle: leases.length === 0 }
}
