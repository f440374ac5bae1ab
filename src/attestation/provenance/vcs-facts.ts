import { dirname } from 'node:path'
import type { ProvenanceFacts } from '@tsbuild/attest'
import type { BuildRequest } from '../../build-request.ts'
import type { Session } from '../../session/session.ts'
import { placeInTree, readWorkingTree } from './working-tree.ts'

/** Facts from git about the context, if wanted. A tree that git refuses to read is a warning. */
export async function vcsFacts(
  { git: { info = true, checkDirty = false } = {}, env }: BuildRequest,
  { directory, contexts, report }: Pick<Session, 'contexts' | 'directory' | 'report'>,
): Promise<ProvenanceFacts['vcs']> {
  if (!info || directory === undefined) return {}
  try {
    const tree = await readWorkingTree(directory, { checkDirty, env })
    if (tree === undefined) return {}
    const { path } = contexts.dockerfile
    const context = await placeInTree(tree, directory)
    const dockerfile = path === undefined ? undefined : await placeInTree(tree, dirname(path))
    return {
      ...(context !== undefined && { 'localdir:context': context }),
      ...(dockerfile !== undefined && { 'localdir:dockerfile': dockerfile }),
      ...(tree.revision !== undefined && { revision: tree.revision }),
      ...(tree.source !== undefined && { source: tree.source }),
    }
  } catch (error) {
    const message = `provenance has no commit: ${error instanceof Error ? error.message : String(error)}`
    await report({ type: 'warning', code: 'CommitUnknown', message })
    return {}
  }
}
