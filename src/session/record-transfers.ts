import type { BuildResult } from '../build-result.ts'
import type { Reporter } from '../progress/event.ts'

/** Ids of what writes: outputs, and caches that are exported. */
const writers = /^(output|cache-export)-/

/** A reporter that also adds up the bytes that transfers have moved. */
export function recordTransfers(report: Reporter): {
  readonly report: Reporter
  bytes(): BuildResult['bytes']
} {
  const transfers = new Map<string, { readonly written: boolean; readonly done: number }>()
  return {
    report: (event) => {
      if (event.type === 'transfer' && event.skipped === undefined)
        transfers.set(`${event.vertex} ${event.id}`, { written: writers.test(event.vertex), done: event.done })
      return report(event)
    },
    bytes: () => {
      const sum = { read: 0, written: 0 }
      for (const { written, done } of transfers.values()) sum[written ? 'written' : 'read'] += done
      return sum
    },
  }
}
