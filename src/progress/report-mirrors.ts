import type { MirrorEvent } from '@tsbuild/registry'
import type { Reporter } from './event.ts'

/** Reports a mirror that failed. */
export function reportMirrors(report: Reporter): (event: MirrorEvent) => void {
  return ({ mirror, registry, reason }) => {
    const message = `mirror ${mirror} of ${registry} failed: ${reason}; reading from ${registry} instead`
    void report({ type: 'warning', code: 'MirrorSkipped', message })
  }
}
