import { type Change, type Diff, packDiff, type Path } from '@tsbuild/tree'
import { clampTimes } from '../layer/clamp-times.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import { ExportError } from './export-error.ts'
import type { ExportContext } from './exporter.ts'
import { flatten } from './flatten.ts'
import type { Output } from './output.ts'
import { placeTargets } from './platform-folder.ts'
import { writeDestination } from './write-destination.ts'

/** The files of the result as one tar, owners kept. */
export async function exportTar(output: Extract<Output, { kind: 'tar' }>, context: ExportContext): Promise<string> {
  const merged = new Map<Path, Change>()
  for (const { target, folder } of placeTargets(context.targets, output.platformSplit)) {
    for (const [path, change] of below(folder, flatten(await snapshotView(target.snapshot)))) {
      if (merged.has(path) && !(isDirectory(merged.get(path)) && isDirectory(change))) {
        throw new ExportError('OUTPUT_CONFLICT', `cannot overwrite "/${path}" from another platform`, { hint: 'use platform-split=true' })
      }
      merged.set(path, change)
    }
  }
  const dated = context.epoch === undefined ? merged : clampTimes(merged, context.epoch)
  await writeDestination(
    output.dest,
    packDiff(dated, () => {}),
    context.signal,
  )
  return `tar ${output.dest}`
}

function isDirectory(change: Change | undefined): boolean {
  return change?.type === 'set' && change.entry.type === 'directory'
}

function below(folder: string, diff: Diff): Diff {
  if (folder === '') return diff
  return new Map([...diff].map(([path, change]): [Path, Change] => [`${folder}/${path}`, relink(folder, change)]))
}

function relink(folder: string, change: Change): Change {
  if (change.type !== 'set' || change.entry.type !== 'hardlink') return change
  return { ...change, entry: { ...change.entry, target: `${folder}/${change.entry.target}` } }
}
