import type { Statement } from '../statement.ts'
import type { ProvenanceFacts } from './facts.ts'
import { minimalFacts } from './minimal-facts.ts'
import { provenanceV02, provenanceV02Type } from './predicate-v02.ts'
import { provenanceV1, provenanceV1Type } from './predicate-v1.ts'

export interface ProvenanceForm {
  /** `min` leaves out what could be private. */
  readonly mode: 'min' | 'max'
  readonly version: 'v1' | 'v0.2'
  readonly filename: string
}

/** Statement with provenance. */
export function provenanceStatement(facts: ProvenanceFacts, { mode, version, filename }: ProvenanceForm): Statement {
  const published = mode === 'min' ? minimalFacts(facts) : facts
  return version === 'v1'
    ? { predicateType: provenanceV1Type, predicate: provenanceV1(published), filename }
    : { predicateType: provenanceV02Type, predicate: provenanceV02(published), filename }
}
