import { basename } from 'node:path'
import type { ProvenanceFacts } from '@tsbuild/attest'
import { formatPlatform, hostPlatform } from '@tsbuild/oci'
import type { LoweredTarget } from '../../frontend/state/lowered.ts'
import { walk } from '../../graph/walk.ts'
import type { BuildRequest } from '../../build-request.ts'
import type { Solver } from '../../solve/solver.ts'
import { packageVersion } from '../../session/package-version.ts'
import type { Session } from '../../session/session.ts'
import { graphFacts, remoteDependency } from './graph-facts.ts'
import { requestArgs } from './request-args.ts'

/** Input of the facts of a build. */
export interface FactParts {
  readonly options: BuildRequest
  readonly session: Pick<Session, 'contexts'>
  readonly solver: Pick<Solver, 'pin'>
}

/** Facts about a target, without the builder's identity and the working tree. */
export type TargetFacts = Omit<ProvenanceFacts, 'builderId' | 'reproducible' | 'vcs'>

/** Facts about a solved target, without its steps and this run. */
export async function collectFacts(
  target: LoweredTarget,
  { options, session, solver }: FactParts,
): Promise<TargetFacts> {
  const { contexts } = session
  const { secrets, ssh, dependencies, networkAccess } = await graphFacts(target.rootfs, solver)
  const locals = localSources(target, session)
  const context = contexts.fetched && (await remoteDependency(contexts.fetched, solver))
  const file = contexts.dockerfile.fetched && (await remoteDependency(contexts.dockerfile.fetched, solver))
  const all = [...dependencies, ...(context ? [context] : []), ...(file ? [file] : [])]
  return {
    builderVersion: { tsbuild: await packageVersion() },
    builderPlatform: formatPlatform(hostPlatform()),
    dependencies: [...new Map(all.map((dependency) => [dependency.uri, dependency])).values()],
    dependenciesComplete: locals.length === 0,
    configSource: { ...context, path: dockerfileName(session) },
    request: { args: requestArgs(options), secrets, ssh, locals },
    requestComplete: true,
    networkAccess,
  }
}

/**
 * Names of the caller's own inputs of a target, which others cannot fetch: contexts and the
 * Dockerfile.
 */
export function localSources({ rootfs }: LoweredTarget, { contexts }: Pick<Session, 'contexts'>): readonly string[] {
  const names = new Set<string>()
  walk(rootfs, ({ op }) => {
    if (op.kind === 'local' && !(op.context === 'context' && contexts.fetched)) names.add(op.context)
  })
  if (contexts.dockerfile.fetched === undefined) names.add('dockerfile')
  return [...names].sort()
}

/** The name of the Dockerfile without where it lies on the caller's disk. */
export function dockerfileName({ contexts: { dockerfile } }: Pick<Session, 'contexts'>): string {
  return dockerfile.path === undefined ? dockerfile.name : basename(dockerfile.path)
}
