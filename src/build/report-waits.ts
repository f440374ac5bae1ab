import type { RetryEvent } from '@tsbuild/registry'
import type { Reporter } from '../progress/event.ts'

/** Shorter waits pass before a reader would ask, in milliseconds. */
const shortest = 1000

/** Reports that a registry is waited for: how long and why. Requests that wait at the same time share one report. */
export function reportWaits(report: Reporter, now: () => number = Date.now): (event: RetryEvent) => void {
  const ends = new Map<string, number>()
  return ({ host, delay, reason }) => {
    const isKnown = (ends.get(host) ?? 0) > now()
    if (delay < shortest || isKnown) return
    ends.set(host, now() + delay)
    report({ type: 'warning', code: 'RegistryWait', message: `${reason}: trying again in ${Math.round(delay / 1000)} s` })
  }
}
