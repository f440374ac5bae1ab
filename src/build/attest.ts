import type { StatementSource } from '../image/statement-source.ts'
import type { AttestationRequest, BuildOptions } from '../options.ts'
import type { Solver } from '../solve/solver.ts'
import { BuildError } from './build-error.ts'
import { provenance } from './provenance/provenance.ts'
import { scannedMaterials } from './sbom.ts'
import type { Session } from './session.ts'

/** What statements are made from. */
export interface StatementParts {
  readonly session: Session
  readonly options: BuildOptions
  /** Has solved the targets; can solve what a statement needs besides. */
  readonly solver: Solver
}

/** Makes the statements a build asks for: bills of materials, then provenance. Undefined where none is asked for. */
export function gatherStatements(requests: readonly AttestationRequest[], parts: StatementParts): StatementSource | undefined {
  // Later requests replace earlier ones of their type.
  const byType = new Map(requests.map((request) => [request.type, request]))
  const sources = [...byType.values()].map((request) => sourceOf(request, parts))
  if (sources.length === 0) return undefined
  return async (target, layers) => (await Promise.all(sources.map((source) => source(target, layers)))).flat()
}

function sourceOf(request: AttestationRequest, parts: StatementParts): StatementSource {
  switch (request.type) {
    case 'sbom':
      if (request.generator !== undefined) throw new BuildError('UNSUPPORTED', 'Generators of bills of materials are not supported yet')
      return scannedMaterials(parts)
    case 'provenance':
      return provenance(request, parts)
  }
}
