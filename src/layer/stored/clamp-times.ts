import type { Change, Diff } from '@tsbuild/tree'

/**
 * The same diff with no entry dated later than `epoch` (seconds). Older entries keep their time
 * (reproducible-builds.org, SOURCE_DATE_EPOCH).
 */
export function clampTimes(diff: Diff, epoch: number): Diff {
  return new Map([...diff].map(([path, change]): [string, Change] => [path, clampChange(change, epoch)]))
}

function clampChange(change: Change, epoch: number): Change {
  return change.type === 'set' && change.entry.mtime > epoch
    ? { ...change, entry: { ...change.entry, mtime: epoch } }
    : change
}
