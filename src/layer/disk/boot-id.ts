import { readFileSync } from 'node:fs'

/**
 * Name of this start of the machine. Content that had not reached the disk before it went down is
 * lost, without a trace in names and sizes: directories that are not synced are used until then.
 * Undefined where the kernel does not say it.
 */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return undefined
  }
}
