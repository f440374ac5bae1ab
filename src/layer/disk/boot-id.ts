import { readFileSync } from 'node:fs'

/**
 * Name of this start of the machine. Unsynced content is lost when the machine goes down, without a
 * trace in names and sizes. So directories that are not synced are only used until the next boot.
 * Undefined where the kernel does not say it.
 */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return undefined
  }
}
