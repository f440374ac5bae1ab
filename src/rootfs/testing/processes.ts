import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

// Help for tests: processes differ by their arguments, files by their content.

/** Number of processes that sleep for `marker` seconds. */
export function sleepers(marker: string): number {
  return processes().filter((line) => line === `sleep\0${marker}\0`).length
}

/** Number of agents that work on a store. */
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

/** Files below a directory that contain a text. */
export function filesWith(top: string, text: string): readonly string[] {
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name))
  return paths.filter((path) => readFileSync(path).includes(text))
}
