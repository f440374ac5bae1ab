import type { HistoryEntry } from '@tsbuild/oci'

export interface DatingOptions {
  readonly history: readonly HistoryEntry[]
  /** Number of entries, at the start, that came with the base image and keep their dates. */
  readonly baseHistory: number
  /** For each layer, oldest first: when it was made; undefined for layers of the base image. */
  readonly layerDates: readonly (string | undefined)[]
  /** The date of everything new, where SOURCE_DATE_EPOCH fixes it. */
  readonly fixed?: string
  /** For steps without any layer to date them by. */
  readonly fallback: string
}

/**
 * Dates the new entries of a history: a step that made a layer has the date of the layer, any other
 * the date of the step before it. Readers rely on one entry for each layer (image-spec, config.md §
 * history). A base image with too few entries gets one for each missing layer; surplus entries, the
 * last ones first, are marked as having no layer.
 */
export function dateHistory({
  history,
  baseHistory,
  layerDates,
  fixed,
  fallback,
}: DatingOptions): readonly HistoryEntry[] {
  const fresh = history.slice(baseHistory)
  const freshLayers = fresh.filter((entry) => !entry.empty_layer).length
  const baseLayers = layerDates.length - freshLayers
  const base = completed(history.slice(0, baseHistory), baseLayers)
  let layer = baseLayers
  let date = fixed ?? firstDate(layerDates.slice(baseLayers)) ?? fallback
  const dated = fresh.map((entry) => {
    if (!entry.empty_layer) date = fixed ?? layerDates[layer++] ?? date
    return { created: date, ...entry }
  })
  return [...base, ...dated]
}

function completed(history: readonly HistoryEntry[], layers: number): readonly HistoryEntry[] {
  let left = layers
  const told = history.map((entry) => (entry.empty_layer || left-- > 0 ? entry : { ...entry, empty_layer: true }))
  return [...told, ...Array.from({ length: Math.max(0, left) }, () => synthetic)]
}

const synthetic: HistoryEntry = { comment: 'buildkit.exporter.image.v0' }

function firstDate(dates: readonly (string | undefined)[]): string | undefined {
  return dates.find((date) => date !== undefined)
}
