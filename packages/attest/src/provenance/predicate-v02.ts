import type { ProvenanceFacts } from './facts.ts'
import { buildConfigMember, metadataMember, requestMember } from './predicate-parts.ts'

/** Type of a SLSA provenance predicate v0.2. */
export const provenanceV02Type = 'https://slsa.dev/provenance/v0.2'

/**
 * A build as a SLSA v0.2 predicate (slsa.dev/spec/v0.2/provenance), which many readers still
 * expect.
 */
export function provenanceV02(facts: ProvenanceFacts): Readonly<Record<string, unknown>> {
  const { uri, digest, path } = facts.configSource
  const { builderId, dependencies, request, builderPlatform, details } = facts
  return {
    builder: { id: builderId },
    buildType: 'https://mobyproject.org/buildkit@v1',
    ...(dependencies.length !== 0 && { materials: dependencies }),
    invocation: {
      configSource: {
        ...(uri !== undefined && { uri }),
        ...(digest !== undefined && { digest }),
        ...(path !== undefined && { entryPoint: path }),
      },
      parameters: requestMember(request),
      environment: { platform: builderPlatform },
    },
    ...(details && { buildConfig: buildConfigMember(details) }),
    metadata: runMetadata(facts),
  }
}

function runMetadata(facts: ProvenanceFacts): Readonly<Record<string, unknown>> {
  const { run, networkAccess, dependenciesComplete, requestComplete, reproducible } = facts
  return {
    ...(run
      ? {
          buildInvocationID: run.id,
          buildStartedOn: run.startedOn.toISOString(),
          buildFinishedOn: run.finishedOn.toISOString(),
        }
      : {}),
    completeness: { parameters: requestComplete, environment: true, materials: dependenciesComplete },
    reproducible,
    'https://mobyproject.org/buildkit@v1#metadata': metadataMember(facts),
    ...(dependenciesComplete && !networkAccess && { 'https://mobyproject.org/buildkit@v1#hermetic': true }),
  }
}
