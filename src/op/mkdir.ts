import { TsbuildError } from '@tsbuild/errors'
import { type Change, parentOf, type Path, resolvePath, type TreeView } from '@tsbuild/tree'
import type { MkdirOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'
import { type Owner, resolveOwner } from './owner.ts'

/** WORKDIR: a layer with the missing directories on the way to `path`, empty if all exist. */
export function mkdirExecutor(store: LayerStore): OpExecutor<MkdirOp> {
  return {
    key: async ({ path, user, epoch, fileEpoch }) => keyOf('mkdir', { path, user, epoch, fileEpoch }),
    facts: ({ path, user, epoch, fileEpoch }) => ({
      'the directory': path,
      'the user': user,
      SOURCE_DATE_EPOCH: [epoch, fileEpoch],
    }),
    run: async ({ path, user, epoch }, [base = []], { compression }) => {
      const view = await snapshotView(base)
      const missing = missingDirectories(view, path)
      const owner = missing.length === 0 ? { uid: 0, gid: 0 } : await resolveOwner(view, user)
      const mtime = epoch ?? Math.floor(Date.now() / 1000)
      const made = missing.map((directory): [Path, Change] => [
        directory,
        { type: 'set', entry: directoryEntry(owner, mtime) },
      ])
      const diff = new Map([...directoriesAbove(view, missing[0]), ...made])
      return [...base, store.fromDiff(diff, compression)]
    },
  }
}

/** The directories that must be made, outermost first. Symlinks on the way are followed. */
function missingDirectories(view: TreeView, path: string): readonly Path[] {
  const missing: Path[] = []
  let at: Path = ''
  for (const name of path.split('/').filter(Boolean)) {
    at = resolvePath(view, at === '' ? name : `${at}/${name}`, { followLast: true })
    const entry = missing.includes(at) ? undefined : view.get(at)
    if (entry && entry.type !== 'directory')
      throw new TsbuildError('WORKDIR_CONFLICT', `cannot make directory "/${at}": not a directory but a ${entry.type}`)
    if (!entry) missing.push(at)
  }
  return missing
}

/** Existing directories on the way, as they are: a layer lists all parents of its entries. */
function directoriesAbove(view: TreeView, path: Path = ''): readonly [Path, Change][] {
  const above: [Path, Change][] = []
  for (let at = parentOf(path); at !== ''; at = parentOf(at)) {
    const entry = view.get(at)
    if (entry) above.push([at, { type: 'set', entry }])
  }
  return above
}

function directoryEntry({ uid, gid }: Owner, mtime: number): Extract<Change, { type: 'set' }>['entry'] {
  return { type: 'directory', mode: 0o755, uid, gid, mtime }
}
