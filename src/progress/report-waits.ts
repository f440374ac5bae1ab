import type { RetryEvent } from '@tsbuild/registry'
import type { Reporter } from './event.ts'

/** Shorter waits, in milliseconds, pass before a reader would ask. */
const shortest = 1000

/**
 * Reports waits that a registry asks for: how long and why. Requests that wait at the same time
 * share one report.
 */
export function reportWaits(report: Reporter, now: () => number = Date.now): (event: RetryEvent) => void {
  const ends = new Map<string, number>()
  return ({ host, delay, reason, asked }) => {
    const isKnown = (ends.get(host) ?? 0) > now()
    if (!asked || delay < shortest || isKnown) return
    ends.set(host, now() + delay)
    report({
      type: 'warning',
      code: 'RegistryWait',
      message: `${reason}: trying again in ${Math.round(delay / 1000)} s`,
    })
  }
}
