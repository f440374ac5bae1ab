import { dirname, join, resolve } from 'node:path'
import type { BuildOptions } from '../../options.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { isBoolean, parseBoolean } from '../values/parse-boolean.ts'

type Environment = Invocation['env']

/**
 * Facts for provenance about the git working tree of a context, from buildx's variables:
 * `BUILDX_GIT_INFO`, `BUILDX_GIT_CHECK_DIRTY`.
 */
export function gitOptions(env: Environment): Required<NonNullable<BuildOptions['git']>> {
  return {
    info: parseSwitch(env, 'BUILDX_GIT_INFO', true),
    checkDirty: parseSwitch(env, 'BUILDX_GIT_CHECK_DIRTY', false),
  }
}

/**
 * With `BUILDX_GIT_LABELS` the labels that say which commit, remote and Dockerfile an image comes
 * from; none for other contexts.
 */
export async function gitLabels(
  { context, dockerfile }: BuildOptions,
  env: Environment,
): Promise<Readonly<Record<string, string>>> {
  if (env['BUILDX_GIT_LABELS'] !== 'full' && !parseSwitch(env, 'BUILDX_GIT_LABELS', false)) return {}
  if (typeof context !== 'string' || !context.startsWith('/')) return {}
  const { placeInTree, readWorkingTree } = await import('../../attestation/provenance/working-tree.ts')
  const tree = await readWorkingTree(context, { ...gitOptions(env), env })
  if (tree === undefined) return {}
  const file = typeof dockerfile === 'string' ? resolve(dockerfile) : join(context, 'Dockerfile')
  const folder = await placeInTree(tree, dirname(file)).catch(() => undefined)
  return {
    ...(tree.revision !== undefined && { 'org.opencontainers.image.revision': tree.revision }),
    ...(tree.source !== undefined && { 'org.opencontainers.image.source': tree.source }),
    ...(folder !== undefined && {
      'com.docker.image.source.entrypoint': join(folder, file.slice(dirname(file).length + 1)),
    }),
  }
}

/** Boolean; any other text means the given default, as for buildx. */
function parseSwitch(env: Environment, name: string, absent: boolean): boolean {
  const text = env[name] ?? ''
  return isBoolean(text) ? parseBoolean(name, text) : absent
}
