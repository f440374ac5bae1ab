import { randomUUID } from 'node:crypto'
import { type ProvenanceFacts, provenanceStatement } from '@tsbuild/attest'
import type { Descriptor } from '@tsbuild/oci'
import type { LoweredTarget } from '../../frontend/state/lowered.ts'
import type { StatementSource } from '../../image/statement-source.ts'
import type { BuildRequest } from '../../build-request.ts'
import type { AttestationRequest } from '../../option-values.ts'
import { once } from '../../solve/once.ts'
import type { Solver } from '../../solve/solver.ts'
import { BuildError } from '../../build-error.ts'
import type { Session } from '../../session/session.ts'
import { buildDetails } from './build-details.ts'
import { collectFacts, dockerfileName, localSources, type TargetFacts } from './collect-facts.ts'
import { vcsFacts } from './vcs-facts.ts'

/** Input of provenance. */
export interface ProvenanceParts {
  readonly options: BuildRequest
  readonly session: Session
  readonly solver: Solver
}

type ProvenanceRequest = Extract<AttestationRequest, { type: 'provenance' }>

/** Facts about a target; `layers` are those of its image. */
export type FactSource = (target: LoweredTarget, layers?: readonly Descriptor[]) => Promise<ProvenanceFacts>

/**
 * Describes targets. With SOURCE_DATE_EPOCH all values that differ between builds are left out: the
 * id and the times.
 */
export function factSource({ options, session, solver }: ProvenanceParts): FactSource {
  const startedOn = new Date()
  const id = randomUUID()
  const { builderId = '', reproducible = false } = provenanceRequest(options) ?? {}
  const collected = new Map<LoweredTarget, Promise<TargetFacts>>()
  let vcs: ReturnType<typeof vcsFacts> | undefined
  return async (target, layers) => {
    const facts = await once(collected, target, () => collectFacts(target, { options, session, solver }))
    const dockerfile = { filename: dockerfileName(session), text: session.contexts.dockerfile.text }
    const details = await buildDetails(target.rootfs, { solver, dockerfile, ...(layers && { layers }) })
    const run = session.epoch === undefined ? { run: { id, startedOn, finishedOn: new Date() } } : {}
    return { ...facts, builderId, reproducible, vcs: await (vcs ??= vcsFacts(options, session)), details, ...run }
  }
}

/**
 * Provenance for a request. Throws `BuildError` `PROVENANCE_INCOMPLETE` where all dependencies must
 * be named and cannot be.
 */
export function provenance(
  request: ProvenanceRequest,
  { session }: Pick<ProvenanceParts, 'session'>,
  facts: FactSource,
): StatementSource {
  const { mode = 'max', version = 'v1', filename = 'provenance.json' } = request
  if (request.completeMaterials === true) refuseLocals(session)
  return async ({ lowered }, layers) => {
    if (layers === undefined && request.inlineOnly === true) return []
    return [provenanceStatement(await facts(lowered, layers), { mode, version, filename })]
  }
}

function provenanceRequest({ attestations = [] }: BuildRequest): ProvenanceRequest | undefined {
  return attestations.findLast((request) => request.type === 'provenance')
}

function refuseLocals(session: Session): void {
  const locals = new Set(session.targets.flatMap((target) => localSources(target, session)))
  if (locals.size === 0) return
  throw new BuildError(
    'PROVENANCE_INCOMPLETE',
    `provenance materials are incomplete: local sources: ${[...locals].join(', ')}`,
    {
      hint: 'build from a git address, or without complete-materials=true',
    },
  )
}
