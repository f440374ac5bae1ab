import type { StatementSource } from '../image/statement-source.ts'
import type { BuildRequest } from '../build-request.ts'
import type { AttestationRequest } from '../option-values.ts'
import { generatedMaterials } from './generated-materials.ts'
import { type FactSource, factSource, provenance, type ProvenanceParts } from './provenance/provenance.ts'
import { type ProvenanceRecorder, recordProvenance } from './provenance/record-provenance.ts'
import { scannedMaterials } from './scanned-materials.ts'

/** Statements about a build: beside its result, and for the caller. */
export interface Statements {
  /** Bills of materials, then provenance; undefined where neither is requested. */
  readonly statements?: StatementSource
  readonly record?: ProvenanceRecorder
}

/**
 * Prepares to say what the options ask for; the solver makes what that takes besides the targets.
 */
export function gatherStatements(parts: ProvenanceParts): Statements {
  const { attestations = [], recordProvenance: mode } = parts.options
  const facts = factSource(
    tellsOfTree(parts.options) ? parts : { ...parts, options: { ...parts.options, git: { info: false } } },
  )
  const sources = (['sbom', 'provenance'] as const).flatMap((type) => {
    // Later requests replace earlier ones of their type.
    const request = attestations.findLast((one) => one.type === type)
    return request ? [statementSource(request, parts, facts)] : []
  })
  const statements: StatementSource = async (target, layers) =>
    (await Promise.all(sources.map((source) => source(target, layers)))).flat()
  return {
    ...(sources.length !== 0 && { statements }),
    ...(mode !== undefined && { record: recordProvenance(facts, mode) }),
  }
}

/** git runs only when its facts are used. */
function tellsOfTree({ attestations = [], recordProvenance: mode }: BuildRequest): boolean {
  return mode === 'max' || attestations.some(({ type }) => type === 'provenance')
}

function statementSource(request: AttestationRequest, parts: ProvenanceParts, facts: FactSource): StatementSource {
  switch (request.type) {
    case 'sbom':
      return request.generator === undefined
        ? scannedMaterials(Object.keys(request.parameters ?? {}), parts)
        : generatedMaterials({ generator: request.generator, parameters: request.parameters ?? {} }, parts)
    case 'provenance':
      return provenance(request, parts, facts)
  }
}
