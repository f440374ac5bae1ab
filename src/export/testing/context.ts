import type { Platform } from '@tsbuild/oci'
import { assembleImage, type ImageForm } from '../../image/assemble.ts'
import type { SolvedTarget } from '../../image/target.ts'
import type { Snapshot } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { ExportContext } from '../exporter.ts'

/** The form of an image where a test does not care, dated 2001 so that it is always the same. */
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

/** Input of an exporter without a registry. */
export function contextOf(
  store: LayerStore,
  targets: readonly SolvedTarget[],
  parts: Partial<ExportContext> = {},
): ExportContext {
  return {
    store,
    targets,
    image: () => assembleImage(targets, plainForm, store),
    repository: () => {
      throw new Error('This test has no registry')
    },
    vertex: 'export',
    report: () => {},
    signal: new AbortController().signal,
    ...parts,
  }
}
