import type { ProvenanceFacts } from './facts.ts'
import { buildConfigMember, metadataMember, requestMember } from './predicate-parts.ts'

/** Type of a SLSA provenance predicate v1. */
export const provenanceV1Type = 'https://slsa.dev/provenance/v1'

/**
 * A build as a SLSA v1 predicate (slsa.dev/spec/v1.1/provenance) of the build type that BuildKit
 * defines for Dockerfiles.
 */
export function provenanceV1(facts: ProvenanceFacts): Readonly<Record<string, unknown>> {
  const { dependencies, configSource, request, builderPlatform, details, builderId, builderVersion } = facts
  return {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      ...(dependencies.length !== 0 && { resolvedDependencies: dependencies }),
      externalParameters: { configSource, request: requestMember(request) },
      internalParameters: { ...(details && { buildConfig: buildConfigMember(details) }), builderPlatform },
    },
    runDetails: { builder: { id: builderId, version: builderVersion }, metadata: runMetadata(facts) },
  }
}

function runMetadata(facts: ProvenanceFacts): Readonly<Record<string, unknown>> {
  const { run, networkAccess, dependenciesComplete, requestComplete, reproducible } = facts
  return {
    ...(run
      ? { invocationId: run.id, startedOn: run.startedOn.toISOString(), finishedOn: run.finishedOn.toISOString() }
      : {}),
    buildkit_metadata: metadataMember(facts),
    ...(dependenciesComplete && !networkAccess && { buildkit_hermetic: true }),
    buildkit_completeness: { request: requestComplete, resolvedDependencies: dependenciesComplete },
    ...(reproducible && { buildkit_reproducible: true }),
  }
}
