import { provenanceV02 } from '@tsbuild/attest'
import { formatPlatform } from '@tsbuild/oci'
import type { AssembledImage } from '../../image/assemble.ts'
import type { SolvedTarget } from '../../image/target.ts'
import type { FactSource } from './provenance.ts'

/**
 * Tells the caller how each target was made: by platform, as SLSA v0.2 predicates, which is what
 * buildx keeps of a build.
 */
export type ProvenanceRecorder = (
  targets: readonly SolvedTarget[],
  image?: AssembledImage,
) => Promise<Readonly<Record<string, unknown>>>

/** `min` leaves out the steps and everything about this one run. */
export function recordProvenance(facts: FactSource, mode: 'min' | 'max'): ProvenanceRecorder {
  return async (targets, image) => {
    const recorded = targets.map(async (target) => {
      const layers = image?.platforms.find((platform) => platform.target === target)?.layers
      const { buildConfig, metadata, ...predicate } = provenanceV02(await facts(target.lowered, layers))
      return [
        formatPlatform(target.lowered.platform),
        mode === 'min' ? predicate : { ...predicate, buildConfig, metadata },
      ] as const
    })
    return Object.fromEntries(await Promise.all(recorded))
  }
}
