import { join } from 'node:path'
import type { GitOp } from '../../graph/op.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { once } from '../../solve/once.ts'
import { type GitCheckout, checkOut } from './git-checkout.ts'
import { findCommit, type GitCommit, isCommitId } from './git-refs.ts'
import { type GitAccess, gitRemote } from './git-remote.ts'
import { type GitRun, runGit } from './run-git.ts'
import { SourceError } from '../transfer/source-error.ts'

/**
 * Repositories of one build: every ref is resolved once, so that all of a build sees the same
 * commit.
 */
export interface GitSource {
  /** The commit of an op, from its server. Rejects if it differs from the op's checksum. */
  resolve(op: GitOp, signal: AbortSignal): Promise<GitCommit>
  /** Its files. Fetched only if the store does not have them. */
  checkOut(op: GitOp, signal: AbortSignal): Promise<GitCheckout>
}

/** Listing refs is one short answer, but a fetch may be large. Milliseconds. */
const patience = { list: 2 * 60_000, fetch: 60 * 60_000 } as const

/** Repositories by the `git` of this machine, checkouts in `store`. */
export function gitSource(store: LayerStore, access: GitAccess): GitSource {
  const commits = new Map<string, Promise<GitCommit>>()
  const checkouts = new Map<string, Promise<GitCheckout>>()
  const prepareRun = async ({ url }: GitOp, signal: AbortSignal): Promise<GitRun & { readonly url: string }> => ({
    ...(await gitRemote(url, access)),
    env: access.env,
    // Not in the working directory, which may be a repository with its own configuration.
    directory: store.paths.sources,
    knownHosts: join(store.paths.sources, 'known_hosts'),
    timeout: patience.fetch,
    signal,
  })
  const source: GitSource = {
    resolve: async (op, signal) => {
      const pinned = pinnedCommit(op)
      const key = JSON.stringify([op.url, op.ref])
      return checked(op, pinned ?? (await once(commits, key, async () => ask(op, await prepareRun(op, signal)))))
    },
    checkOut: async (op, signal) => {
      const commit = await source.resolve(op, signal)
      return once(checkouts, JSON.stringify([op, commit]), async () =>
        checkOut(op, commit, { store, ...(await prepareRun(op, signal)) }),
      )
    },
  }
  return source
}

/** Commit of an op that names one in full, which needs no request. */
function pinnedCommit({ ref, checksum, fetchByCommit }: GitOp): GitCommit | undefined {
  if (ref !== undefined && isCommitId(ref)) return { commit: ref }
  if (fetchByCommit !== true || checksum === undefined) return undefined
  if (ref === undefined) return { commit: checksum }
  return { commit: checksum, name: ref.startsWith('refs/') ? ref : `refs/heads/${ref}` }
}

async function ask({ ref }: GitOp, { url, ...run }: GitRun & { readonly url: string }): Promise<GitCommit> {
  const patterns = ref === undefined ? ['HEAD'] : [ref, `${ref}^{}`]
  const listing = await runGit(['ls-remote', '--symref', '--', url, ...patterns], { ...run, timeout: patience.list })
  const found = findCommit(listing, ref)
  if (found === undefined)
    throw new SourceError('GIT_REF_NOT_FOUND', `repository does not contain ref ${ref ?? 'HEAD'}`)
  return found
}

/** A checksum is the start of the id of the commit, or of the tag that names it. */
function checked({ checksum }: GitOp, found: GitCommit): GitCommit {
  const { commit, tag } = found
  if (checksum === undefined || commit.startsWith(checksum) || tag?.startsWith(checksum) === true) return found
  const got = tag === undefined ? commit : `${tag} or ${commit}`
  throw new SourceError('SOURCE_DIGEST_MISMATCH', `expected checksum to match ${checksum}, got ${got}`)
}
