import type { BuildDetails, BuildRequest, Demand, ProvenanceFacts } from './facts.ts'

/** The request as both versions of the predicate hold it; what is empty is left out. */
export function requestMember({ args, secrets, ssh, locals }: BuildRequest): Readonly<Record<string, unknown>> {
  return {
    frontend: 'dockerfile.v0',
    ...(Object.keys(args).length !== 0 && { args }),
    ...(secrets.length !== 0 && { secrets: secrets.map(demandMember) }),
    ...(ssh.length !== 0 && { ssh: ssh.map(demandMember) }),
    ...(locals.length !== 0 && { locals: locals.map((name) => ({ name })) }),
  }
}

/** The steps of the build graph under the names BuildKit has for them. */
export function buildConfigMember({ steps, digests }: BuildDetails): Readonly<Record<string, unknown>> {
  return {
    llbDefinition: steps.map(({ id, op, inputs }) => ({ id, op, ...(inputs.length !== 0 && { inputs }) })),
    digestMapping: digests,
  }
}

/**
 * Facts outside SLSA's versions: version control, the Dockerfile with the places of the steps,
 * their layers.
 */
export function metadataMember({ vcs, details }: ProvenanceFacts): Readonly<Record<string, unknown>> {
  return {
    ...(Object.keys(vcs).length !== 0 && { vcs }),
    ...(details && { source: sourceMember(details.source) }),
    ...(details?.layers
      ? {
          layers: mapValues(
            details.layers,
            (layers) => [layers],
            (step) => `${step}:0`,
          ),
        }
      : {}),
  }
}

function demandMember({ id, optional }: Demand): Readonly<Record<string, unknown>> {
  return optional ? { id, optional } : { id }
}

function sourceMember({ filename, text, lines }: BuildDetails['source']): Readonly<Record<string, unknown>> {
  const formatRange = ([first, last]: readonly [number, number]): unknown => ({
    locations: [
      {
        ranges: Array.from({ length: last - first + 1 }, (_, index) => ({
          start: { line: first + index },
          end: { line: first + index },
        })),
      },
    ],
  })
  return {
    locations: mapValues(lines, formatRange),
    infos: [{ filename, language: 'Dockerfile', data: Buffer.from(text).toString('base64') }],
  }
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  value: (item: T) => unknown,
  key: (name: string) => string = (name) => name,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).map(([name, item]) => [key(name), value(item)]))
}
