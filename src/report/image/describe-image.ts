import type { ImageConfig } from '@tsbuild/oci'
import type { Diff } from '@tsbuild/tree'
import type { FileSum } from '../model/comparison.ts'
import type { DescribedImage, ImageReport, ReportedFile, ReportedLayer } from '../model/image-report.ts'
import { listPackages } from './list-packages.ts'
import type { LayeredImage } from './open-layers.ts'
import { readLayers } from './read-layers.ts'
import { type LayerFile, replayLayers } from './replay-layers.ts'
import { settingsOf } from './settings.ts'

/** Files that a report lists, and characters of all their paths. */
export interface FileBounds {
  readonly files: number
  readonly text: number
}

/** Options of a description. */
export interface DescribeOptions {
  readonly signal: AbortSignal
  readonly bounds?: FileBounds
}

const defaultBounds: FileBounds = { files: 150_000, text: 16 << 20 }

/** Describes an image. Rejects as `readLayers` does, and when bytes of a file are unavailable. */
export async function describeImage(
  { name, image }: { readonly name: string; readonly image: LayeredImage },
  options: DescribeOptions,
): Promise<ImageReport> {
  return { formatVersion: 1, name, digest: image.descriptor.digest, ...(await describeLayered(image, options)) }
}

/** Describes layers with a config, which need no manifest. Rejects as `describeImage` does. */
export async function describeLayered(
  image: Omit<LayeredImage, 'descriptor'>,
  { signal, bounds = defaultBounds }: DescribeOptions,
): Promise<DescribedImage> {
  const { diffs, notes } = await readLayers(image)
  const replayed = replayLayers(diffs)
  const { largest, leftOut } = chooseLargest(replayed, bounds)
  const { packages, notes: remarks } = await listPackages(diffs, signal)
  const { created } = image.config
  return {
    platform: image.platform,
    ...(created !== undefined && { created }),
    size: image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
    files: sumOf(replayed.filter(({ hidden }) => hidden === undefined)),
    hidden: sumOf(replayed.filter(({ hidden }) => hidden !== undefined)),
    layers: await describeLayers(image, diffs, replayed),
    largest,
    leftOut,
    settings: [...settingsOf(image.config)].map(([key, value]) => ({ name: key, value })),
    packages,
    notes: [...notes, ...remarks],
  }
}

async function describeLayers(
  { layers, config }: Omit<LayeredImage, 'descriptor'>,
  diffs: readonly Diff[],
  files: readonly LayerFile[],
): Promise<readonly ReportedLayer[]> {
  const steps = layerSteps(config)
  const byLayer = Map.groupBy(files, ({ layer }) => layer)
  return Promise.all(
    layers.map(async ({ descriptor, layer }, index): Promise<ReportedLayer> => {
      const own = byLayer.get(index) ?? []
      const counts = countKinds(diffs[index] ?? new Map())
      const { created, created_by } = steps[index] ?? {}
      return {
        digest: descriptor.digest,
        diffId: await layer.diffId(),
        size: descriptor.size,
        ...(created_by !== undefined && { createdBy: created_by }),
        ...(created !== undefined && { created }),
        files: sumOf(own),
        hidden: sumOf(own.filter(({ hidden }) => hidden !== undefined)),
        ...counts,
      }
    }),
  )
}

/** History entries that are not marked empty own the layers in order. */
function layerSteps({ history = [] }: ImageConfig): NonNullable<ImageConfig['history']> {
  return history.filter(({ empty_layer }) => empty_layer !== true)
}

function countKinds(diff: Diff): Pick<ReportedLayer, 'directories' | 'links' | 'removals'> {
  const counts = { directories: 0, links: 0, removals: 0 }
  for (const change of diff.values()) {
    if (change.type === 'remove') counts.removals += 1
    else if (change.entry.type === 'directory') counts.directories += 1
    else if (change.entry.type === 'symlink' || change.entry.type === 'hardlink') counts.links += 1
  }
  return counts
}

function chooseLargest(
  files: readonly LayerFile[],
  bounds: FileBounds,
): { readonly largest: readonly ReportedFile[]; readonly leftOut: FileSum } {
  const sorted = [...files].sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))
  let text = 0
  const end = sorted.findIndex(({ path }, index) => {
    text += path.length
    return index >= bounds.files || text > bounds.text
  })
  const chosen = end < 0 ? sorted : sorted.slice(0, end)
  const largest = chosen.map(({ path, size, layer, hidden }) => ({ path, size, layer, ...(hidden && { hidden }) }))
  return { largest, leftOut: sumOf(end < 0 ? [] : sorted.slice(end)) }
}

function sumOf(files: readonly LayerFile[]): FileSum {
  return { count: files.length, size: files.reduce((sum, { size }) => sum + size, 0) }
}
