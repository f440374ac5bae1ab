import { type Diff, layeredView, sortedPaths, type Tree, treeOf } from '@tsbuild/tree'
import { listPackages } from '../image/list-packages.ts'
import type { LayeredImage } from '../image/open-layers.ts'
import { readLayers } from '../image/read-layers.ts'
import type { ComparedImage, FileChange, FileSum, ImageComparison } from '../model/comparison.ts'
import { compareConfigs } from './compare-configs.ts'
import { compareFiles } from './compare-files.ts'
import { comparePackages } from './compare-packages.ts'

/** Paths that a comparison lists; the others are only in its sums. */
const mostChanges = 200_000

/** An image with the name that the caller gave it. */
export interface NamedImage {
  readonly name: string
  readonly image: LayeredImage
}

/**
 * Compares file systems, settings and packages. Times count with `times`. Rejects as `readLayers`
 * does.
 */
export async function compareImages(
  from: NamedImage,
  to: NamedImage,
  { times, signal }: { readonly times: boolean; readonly signal: AbortSignal },
): Promise<ImageComparison> {
  const before = await readSide(from, signal)
  const after = await readSide(to, signal)
  const changes = listChanges(before.tree, after.tree, times)
  const config = compareConfigs(from.image.config, to.image.config, times)
  const packages = comparePackages(before.packages, after.packages)
  const notes = [
    ...before.notes.map((note) => `${from.name}: ${note}`),
    ...after.notes.map((note) => `${to.name}: ${note}`),
    ...(changes.leftOut === 0 ? [] : [`${changes.leftOut} more paths differ and are not listed`]),
  ]
  return {
    formatVersion: 1,
    from: before.image,
    to: after.image,
    isEqual: changes.files.length === 0 && config.length === 0,
    config,
    files: changes.files,
    sums: changes.sums,
    packages,
    notes,
  }
}

interface Side extends Awaited<ReturnType<typeof listPackages>> {
  readonly image: ComparedImage
  readonly tree: Tree
}

async function readSide({ name, image }: NamedImage, signal: AbortSignal): Promise<Side> {
  const { diffs, notes } = await readLayers(image)
  const tree = orderedTree(diffs)
  const { packages, notes: remarks } = await listPackages(diffs, signal)
  const files = [...tree.values()].flatMap((entry) => (entry.type === 'file' ? [entry.content.size] : []))
  return {
    image: {
      name,
      digest: image.descriptor.digest,
      platform: image.platform,
      size: files.reduce((sum, size) => sum + size, 0),
      files: files.length,
    },
    tree,
    packages,
    notes: [...notes, ...remarks],
  }
}

function orderedTree(diffs: readonly Diff[]): Tree {
  return treeOf(layeredView(diffs))
}

function listChanges(
  before: Tree,
  after: Tree,
  times: boolean,
): Pick<ImageComparison, 'files' | 'sums'> & { readonly leftOut: number } {
  const listed = new Map<string, FileChange>()
  const sums: Record<FileChange['change'], FileSum> = {
    added: { count: 0, size: 0 },
    removed: { count: 0, size: 0 },
    changed: { count: 0, size: 0 },
  }
  let leftOut = 0
  for (const change of compareFiles(before, after, times)) {
    const { count, size } = sums[change.change]
    sums[change.change] = { count: count + 1, size: size + ((change.after ?? change.before)?.size ?? 0) }
    if (listed.size < mostChanges) listed.set(change.path, change)
    else leftOut += 1
  }
  const files = sortedPaths(listed).flatMap((path) => listed.get(path) ?? [])
  return { files, sums, leftOut }
}
