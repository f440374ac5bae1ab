import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

// Help for tests: processes differ by how long they sleep.

/** Number of processes that sleep for `marker` seconds. */
export function sleepers(marker: string): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandLine(name) === `sleep\0${marker}\0`).length
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(10)
}
