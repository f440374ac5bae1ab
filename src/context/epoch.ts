import type { EpochSource } from '../frontend/epoch.ts'
import { parseGitAddress } from '../frontend/sources/git-url.ts'
import type { NamedContext } from '../frontend/plan/lower-options.ts'
import type { OpenedContexts } from './contexts.ts'
import type { RemoteSources } from './remote-sources.ts'

/**
 * Seconds of SOURCE_DATE_EPOCH; undefined where it names a source without a time: a directory, an
 * image, a stage.
 */
export async function resolveEpoch(
  epoch: number | EpochSource | undefined,
  { contexts, remote }: { readonly contexts: OpenedContexts; readonly remote: RemoteSources },
): Promise<number | undefined> {
  if (epoch === undefined || typeof epoch === 'number') return epoch
  if (epoch.kind === 'main') return contexts.mainTime()
  return epoch.kind === 'remote' ? remote.time(epoch.op) : timeOfNamed(epoch.context, remote)
}

async function timeOfNamed(context: NamedContext, remote: RemoteSources): Promise<number | undefined> {
  if (context.kind === 'git') return remote.time(parseGitAddress(context.url))
  return context.kind === 'http' ? remote.time({ kind: 'http', url: context.url, filename: 'context' }) : undefined
}
