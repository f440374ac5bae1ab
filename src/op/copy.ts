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
  type TreeView,
} from '@tsbuild/tree'
import type { CopyOp } from '../graph/op.ts'
import { clampTimes } from '../layer/clamp-times.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'
import { type Owner, resolveOwner } from './owner.ts'
import { membersOf } from './members-of.ts'

/** COPY and ADD: one layer, computed from trees alone; the bytes of files are read when the layer is written. */
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
    run: async (op, inputs, { compression, report }) => {
      const [base = []] = inputs
      const views = await Promise.all(inputs.map(snapshotView))
      const target = views[0] ?? emptyView
      const { owner, unknown } = await ownerOf(op, target)
      for (const name of unknown) {
        report({ type: 'warning', code: 'UnknownOwner', message: `--chown=${op.owner}: the image knows no "${name}", so the owner is 0` })
      }
      const step: CopyStep = { op, store, ...(owner ? { owner } : {}) }
      const selected = op.sources.map((source) => ({
        source,
        selections: selectSources(views[source.input] ?? emptyView, source, selectOptions(op)),
      }))
      if (
        losesFiles(
          op,
          selected.flatMap(({ selections }) => selections),
          target,
        )
      ) {
        report({
          type: 'warning',
          code: 'SourcesOverwritten',
          message: `Only the last of the sources stays: "${op.destination}" is no directory, end it with "/" if it shall be one`,
        })
      }
      const diff =
        op.extract === 'never'
          ? copyAll(
              selected.flatMap(({ selections }) => selections),
              target,
              step,
            )
          : await addAll(selected, await Promise.all(base.map((layer) => layer.diff())), step)
      return [...base, store.fromDiff(op.epoch === undefined ? diff : clampTimes(diff, op.epoch), compression)]
    },
  }
}

interface CopyStep {
  readonly op: CopyOp
  readonly store: LayerStore
  readonly owner?: Owner
}

interface Selected {
  readonly source: CopyOp['sources'][number]
  readonly selections: readonly Selection[]
}

function copyAll(selections: readonly Selection[], target: TreeView, { op, owner }: CopyStep): Diff {
  return transplant(target, {
    selections,
    destination: op.destination,
    parents: op.parents,
    time: timeOf(op, selections),
    ...(owner ? { owner } : {}),
    ...(op.mode === undefined ? {} : { mode: parseChmod(op.mode) }),
  })
}

/** ADD: what is an archive is unpacked, anything else copied, one after the other. */
async function addAll(selected: readonly Selected[], base: readonly Diff[], step: CopyStep): Promise<Diff> {
  const { op, store, owner } = step
  const diffs: Diff[] = []
  for (const { source, selections } of selected) {
    for (const selection of selections) {
      const view = layeredView([...base, ...diffs])
      const isFile = selection.entry.type === 'file' && !source.packed
      const members = isFile ? await membersOf(store, selection.entry.content) : undefined
      const time = timeOf(op, [selection])
      if (members) diffs.push(addArchive(view, members, { destination: op.destination, time, ...(owner ? { owner } : {}) }))
      else diffs.push(copyAll([selection], view, step))
    }
  }
  return squash(diffs)
}

async function ownerOf({ owner }: CopyOp, target: TreeView): Promise<{ readonly owner?: Owner; readonly unknown: readonly string[] }> {
  if (owner === undefined) return { unknown: [] }
  const { uid, gid, unknown } = await resolveOwner(target, owner)
  return { owner: { uid, gid }, unknown }
}

/** Whether several files are copied to one name. ADD is not judged: archives among its sources make the destination a directory. */
function losesFiles({ destination, extract, parents }: CopyOp, selections: readonly Selection[], target: TreeView): boolean {
  if (selections.length < 2 || extract !== 'never' || parents || /\/\.?$/.test(destination)) return false
  return selections.every(({ entry }) => entry.type !== 'directory') && target.get(resolvePath(target, destination))?.type !== 'directory'
}

/** Directories that are made are dated by what comes into them, so that equal sources make equal layers. */
function timeOf({ epoch }: CopyOp, selections: readonly Selection[]): number {
  return epoch ?? selections.reduce((latest, { entry }) => Math.max(latest, entry.mtime), 0)
}

function selectOptions({ exclude, parents }: CopyOp): SelectOptions {
  const excluded = exclude.length === 0 ? undefined : compilePatterns(exclude)
  return {
    ...(excluded ? { exclude: (path) => excluded.matches(path) } : {}),
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
