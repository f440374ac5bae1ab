import { compilePatterns } from '@tsbuild/dockerfile'
import {
  addArchive,
  type Diff,
  emptyView,
  layeredView,
  parseChmod,
  resolvePath,
  type Selection,
  selectionDigest,
  type SelectOptions,
  selectSources,
  squash,
  transplant,
  TreeError,
  type TreeView,
} from '@tsbuild/tree'
import type { CopyOp } from '../graph/op.ts'
import { clampTimes } from '../layer/stored/clamp-times.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'
import { ArchiveError } from './archives/archive-error.ts'
import { closedDirectories, closedWarning } from './closed-directories.ts'
import { emptySource, holdNothing } from './empty-source.ts'
import { filesRead } from '../solve/files-read.ts'
import { type Owner, resolveOwner } from './owner.ts'
import { readMembers } from './archives/read-members.ts'

/**
 * COPY and ADD: one layer, computed from trees alone. The bytes of files are read when the layer is
 * written.
 */
export function copyExecutor(store: LayerStore): OpExecutor<CopyOp> {
  return {
    key: async ({ sources, destination, owner, mode, exclude, parents, extract, epoch }) =>
      keyOf('copy', {
        sources: sources.map(({ path, literal, packed, input }) => [input, path, literal, packed]),
        destination,
        owner,
        mode,
        exclude,
        parents,
        extract,
        epoch,
      }),
    inputDigest: async (op, index, input) => {
      if (index === 0) return undefined
      const sources = op.sources.filter((source) => source.input === index)
      return selectionDigest(await snapshotView(input), sources, selectOptions(op))
    },
    facts: ({ sources, destination, owner, mode, exclude, parents, extract, epoch }) => ({
      'the list of sources': sources.map(({ path, literal, packed, input }) => [input, path, literal, packed]),
      'the destination': destination,
      '--chown': owner,
      '--chmod': mode,
      '--exclude': exclude.length === 0 ? undefined : exclude,
      '--parents': parents || undefined,
      '--unpack': extract,
      SOURCE_DATE_EPOCH: epoch,
    }),
    filesRead: async (op, index, input) => {
      if (index === 0) return undefined
      const sources = op.sources.filter((source) => source.input === index)
      return filesRead(await snapshotView(input), sources, selectOptions(op))
    },
    run: async (op, inputs, { compression, report }) => {
      const [base = []] = inputs
      const views = await Promise.all(inputs.map(snapshotView))
      const warn: CopyStep['warn'] = (code, message) => report({ type: 'warning', code, message })
      const { owner, unknown } = await chooseOwner(op, views[0] ?? emptyView)
      const ids = `${owner?.uid}:${owner?.gid}`
      for (const name of unknown)
        warn('UnknownOwner', `--chown=${op.owner}: the image has no "${name}", the files belong to ${ids}`)
      const options = selectOptions(op)
      const selected = op.sources.map((source) => ({
        source,
        selections: selectSources(views[source.input] ?? emptyView, source, options),
      }))
      for (const { source, selections } of selected)
        if (
          isExcludedWhole(op, selections, () =>
            selectSources(views[source.input] ?? emptyView, source, selectOptions({ ...op, exclude: [] })),
          )
        )
          await report({ type: 'warning', ...emptySource(source.path, '--exclude') })
      const below = await Promise.all(base.map((layer) => layer.diff()))
      const diff = await copyAll(selected, below, { op, store, warn, ...(owner && { owner }) })
      return [...base, store.fromDiff(op.epoch === undefined ? diff : clampTimes(diff, op.epoch), compression)]
    },
  }
}

/** True if `--exclude` excludes everything in a source. */
function isExcludedWhole(
  { exclude }: CopyOp,
  selections: readonly Selection[],
  all: () => readonly Selection[],
): boolean {
  return exclude.length > 0 && holdNothing(selections) && !holdNothing(all())
}

interface CopyStep {
  readonly op: CopyOp
  readonly store: LayerStore
  readonly owner?: Owner
  warn(code: string, message: string): void
}

interface Selected {
  readonly source: CopyOp['sources'][number]
  readonly selections: readonly Selection[]
}

/** All sources in their order. ADD unpacks archives. Other sources are copied. */
async function copyAll(selected: readonly Selected[], below: readonly Diff[], step: CopyStep): Promise<Diff> {
  const { op, store, owner } = step
  const diffs: Diff[] = []
  const view = (): TreeView => layeredView([...below, ...diffs])
  let plain: Selection[] = []
  const copyPlain = (): void => {
    if (plain.length > 0) diffs.push(copyThese(plain, view(), step))
    plain = []
  }
  for (const { source, selections } of selected) {
    const mayUnpack = op.extract === 'archives' && !source.packed
    for (const selection of selections) {
      const { entry, path } = selection
      const named = namingArchive(path, source)
      const members =
        mayUnpack && entry.type === 'file' ? await readMembers(store, entry.content).catch(named) : undefined
      if (members === undefined) {
        plain.push(selection)
        continue
      }
      copyPlain()
      const where = { destination: op.destination, time: latestTime(op, [selection]), ...(owner && { owner }) }
      try {
        diffs.push(addArchive(view(), members, where))
      } catch (error) {
        named(error)
      }
    }
  }
  copyPlain()
  return squash(diffs)
}

/**
 * Throws an error of an archive with its name. An error about existing files at its members' paths
 * is not changed.
 */
function namingArchive(path: string, source: CopyOp['sources'][number]): (error: unknown) => never {
  return (error) => {
    throw error instanceof TreeError && error.code === 'COPY_CONFLICT' ? error : new ArchiveError(path, source, error)
  }
}

function copyThese(selections: readonly Selection[], target: TreeView, { op, owner, warn }: CopyStep): Diff {
  const { destination, parents, mode } = op
  if (losesFiles(op, selections, target)) {
    warn('SourcesOverwritten', `several sources overwrite "${destination}": end it with "/" to copy into a directory`)
  }
  const diff = transplant(target, {
    selections,
    destination,
    parents,
    time: latestTime(op, selections),
    ...(owner && { owner }),
    ...(mode !== undefined && { mode: parseChmod(mode) }),
  })
  const closed = mode === undefined ? undefined : closedWarning(mode, closedDirectories(diff, target))
  if (closed !== undefined) warn('DirectoryNotEnterable', closed)
  return diff
}

async function chooseOwner(
  { owner }: CopyOp,
  target: TreeView,
): Promise<{ readonly owner?: Owner; readonly unknown: readonly string[] }> {
  if (owner === undefined) return { unknown: [] }
  const { uid, gid, unknown } = await resolveOwner(target, owner)
  return { owner: { uid, gid }, unknown }
}

/** True if several files are copied to one name. */
function losesFiles({ destination, parents }: CopyOp, selections: readonly Selection[], target: TreeView): boolean {
  if (selections.length < 2 || parents || /\/\.?$/.test(destination)) return false
  return (
    selections.every(({ entry }) => entry.type !== 'directory') &&
    target.get(resolvePath(target, destination))?.type !== 'directory'
  )
}

/**
 * Made directories get the date of the files copied into them, so that equal sources make equal
 * layers.
 */
function latestTime({ epoch }: CopyOp, selections: readonly Selection[]): number {
  return epoch ?? selections.reduce((latest, { entry }) => Math.max(latest, entry.mtime), 0)
}

function selectOptions({ exclude, parents }: CopyOp): SelectOptions {
  const excluded = exclude.length === 0 ? undefined : compilePatterns(exclude)
  return {
    ...(excluded && { exclude: (path) => excluded.matches(path) }),
    ...(parents
      ? {
          parents: (pattern) => {
            const matcher = compilePatterns([pattern])
            return (path) => matcher.matches(path)
          },
        }
      : {}),
  }
}
