import { lstatSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const pauseMs = 2
/**
 * A time that lies further ahead is that of a clock that was set back since: no change will get it
 * by accident.
 */
const farAhead = 1_000_000_000n

/**
 * Resolves when each further change gets a later time than `newest`, in nanoseconds since 1970.
 * File systems count time in ticks of up to 10 ms, and two changes in one tick look like one.
 * `probe` is a path to write to, on the same file system.
 */
export async function laterChange(probe: string, newest: bigint): Promise<void> {
  try {
    for (;;) {
      writeFileSync(probe, '')
      const { ctimeNs } = lstatSync(probe, { bigint: true })
      if (ctimeNs > newest || newest - ctimeNs > farAhead) return
      await sleep(pauseMs)
    }
  } finally {
    rmSync(probe, { force: true })
  }
}
