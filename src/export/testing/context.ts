import { assembleImage } from '../../image/assemble.ts'
import type { SolvedTarget } from '../../image/target.ts'
import { plainForm } from '../../image/testing/target.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { ExportContext } from '../exporter.ts'

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
