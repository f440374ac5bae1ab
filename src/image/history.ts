import type { HistoryEntry } from '@tsbuild/oci'

export interface DatingOptions {
  readonly history: readonly HistoryEntry[]
  /** How many entries, at the start, came with the base image and keep their dates. */
  readonly baseHistory: number
  /** For each layer, oldest first: when it was made; undefined for layers of the base image. */
  readonly layerDates: readonly (string | undefined)[]
  /** The date of everything new, where SOURCE_DATE_EPOCH fixes it. */
  readonly fixed?: string
  /** For steps without any layer to date them by. */
  readonly fallback: string
}

/**
 * Dates the new entries of a history: a step that made a layer has the date of the layer, any other the date of the step
 * before it. Base images whose history does not tell of all their layers get an entry for each that is missing, because
 * readers count on one entry for each layer (image-spec, config.md § history).
 */
export function dateHistory({ history, baseHistory, layerDates, fixed, fallback }: DatingOptions): readonly HistoryEntry[] {
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
  const told = history.filter((entry) => !entry.empty_layer).length
  if (told > layers) return history.filter((entry) => entry.empty_layer).concat(Array.from({ length: layers }, () => synthetic))
  return [...history, ...Array.from({ length: layers - told }, () => synthetic)]
}

const synthetic: HistoryEntry = { comment: 'buildkit.exporter.image.v0' }

function firstDate(dates: readonly (string | undefined)[]): string | undefined {
  return dates.find((date) => date !== undefined)
}
