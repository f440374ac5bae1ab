import { createHash } from 'node:crypto'
import { temporaryPath } from '@tsbuild/content'
import { type Change, type Entry, type Path, scan, StatCache } from '@tsbuild/tree'
import type { GitOp } from '../../graph/op.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { OpExecutor } from '../../solve/executor.ts'
import { keyOf } from '../../solve/key.ts'
import type { GitCheckout } from './git-checkout.ts'
import type { GitSource } from './git-source.ts'

/**
 * Commit of a git repository: files 0644 or 0755, owned by root, dated by the commit. The ref is
 * resolved on every build.
 */
export function gitExecutor(store: LayerStore, source: GitSource): OpExecutor<GitOp> {
  return {
    uncached: true,
    key: async (op, { signal }) => {
      const { subdir, keepGitDir, submodules, mtime } = op
      const { commit, name, tag } = await source.resolve(op, signal)
      return keyOf('git', {
        commit,
        subdir,
        submodules: submodules !== false,
        // A repository that is kept knows how its commit was called.
        keepGitDir: keepGitDir === true && [name, tag],
        mtime,
      })
    },
    pin: async (op, { signal }) => (await source.resolve(op, signal)).commit,
    run: async (op, _inputs, { signal }) => {
      const checkout = await source.checkOut(op, signal)
      return [store.fromDiff(await selectFiles(op, checkout, { store, signal }), { type: 'none' })]
    },
  }
}

async function selectFiles(
  { mtime }: GitOp,
  { directory, time, hasGitDir }: GitCheckout,
  { store, signal }: { readonly store: LayerStore; readonly signal: AbortSignal },
): Promise<ReadonlyMap<Path, Change>> {
  const statCache = StatCache.open(
    store.paths.statCache(createHash('sha256').update(directory).digest('hex').slice(0, 32)),
  )
  const tree = await scan(directory, {
    statCache,
    signal,
    zeroOwners: true,
    digests: true,
    // Every submodule has a file that tells where its repository lies.
    ...(hasGitDir ? {} : { include: (path) => (/(^|\/)\.git$/.test(path) ? 'skip' : 'take') }),
  })
  statCache.save(temporaryPath(store.paths.temporary))
  const date = mtime === 'checkout' ? {} : { mtime: time }
  return new Map(
    [...tree].map(([path, entry]): [Path, Change] => [
      path,
      { type: 'set', entry: { ...withPlainMode(entry), ...date } },
    ]),
  )
}

/**
 * Git only stores if a file is executable. The rest of a mode comes from the umask of the checkout.
 */
function withPlainMode(entry: Entry): Entry {
  if (entry.type === 'directory') return { ...entry, mode: 0o755 }
  return entry.type === 'file' ? { ...entry, mode: (entry.mode & 0o100) === 0 ? 0o644 : 0o755 } : entry
}
