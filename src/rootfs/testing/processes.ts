import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

// Help for tests: processes are told from others by their arguments.

/** How many processes sleep for `marker` seconds. */
export function sleepers(marker: string): number {
  return processes().filter((line) => line === `sleep\0${marker}\0`).length
}

/** How many agents work on a store. */
export function agents(store: string): number {
  return processes().filter((line) => line.includes('agent-main') && line.includes(store)).length
}

function processes(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(10)
}
