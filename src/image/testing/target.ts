import type { Platform } from '@tsbuild/oci'
import type { Snapshot } from '../../layer/layer.ts'
import type { ImageForm } from '../assemble.ts'
import type { SolvedTarget } from '../target.ts'

/** Default form of an image in tests. The fixed date, in 2001, keeps digests equal. */
export const plainForm: ImageForm = {
  compression: { type: 'gzip' },
  forceCompression: false,
  keepForeign: false,
  family: 'oci',
  annotations: [],
  alwaysIndex: false,
  epoch: 1_000_000_000,
}

export const amd64: Platform = { os: 'linux', architecture: 'amd64' }
export const arm64: Platform = { os: 'linux', architecture: 'arm64' }
export const armv7: Platform = { os: 'linux', architecture: 'arm', variant: 'v7' }

/** A target as solving leaves it. */
export function solved(snapshot: Snapshot, platform: Platform = amd64): SolvedTarget {
  const history = snapshot.map((_, index) => ({ created_by: `step ${index}` }))
  const rootfs = { op: { kind: 'inline', files: [] }, inputs: [], name: 'scratch' } as const
  return {
    lowered: {
      platform,
      rootfs,
      layers: 0,
      config: { ...platform, config: {} },
      history,
      baseHistory: 0,
      scanTargets: [],
      warnings: [],
    },
    snapshot,
  }
}
