import type { BuildResult, BuildWarning } from '../../build-result.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { isBoolean, parseBoolean } from '../values/parse-boolean.ts'

/**
 * Content of `--metadata-file`, under the keys that buildx writes. It has warnings when
 * `BUILDX_METADATA_WARNINGS` is true.
 */
export function buildMetadata(result: BuildResult, env: Invocation['env']): Readonly<Record<string, unknown>> {
  const { digest, configDigest, mediaType, size, annotations, platform, names, warnings, provenance = {} } = result
  const asked = env['BUILDX_METADATA_WARNINGS'] ?? ''
  const wantsWarnings = isBoolean(asked) && parseBoolean('BUILDX_METADATA_WARNINGS', asked)
  return {
    ...provenanceKeys(provenance),
    ...(wantsWarnings && warnings.length > 0 && { 'buildx.build.warnings': warnings.map(describeWarning) }),
    ...(configDigest !== undefined && { 'containerimage.config.digest': configDigest }),
    ...(digest !== undefined && {
      'containerimage.descriptor': { mediaType, digest, size, annotations, platform },
      'containerimage.digest': digest,
    }),
    ...(names.length !== 0 && { 'image.name': names.join(',') }),
  }
}

/**
 * Wanted part of `BuildResult.provenance`: `BUILDX_METADATA_PROVENANCE` is `min`, `max` or
 * `disabled`; undefined for none.
 */
export function metadataProvenance(env: Invocation['env']): 'min' | 'max' | undefined {
  const asked = env['BUILDX_METADATA_PROVENANCE'] ?? ''
  if (asked === 'disabled' || (isBoolean(asked) && !parseBoolean('BUILDX_METADATA_PROVENANCE', asked))) return undefined
  return asked === 'max' ? 'max' : 'min'
}

/** The only platform needs no name. */
function provenanceKeys(provenance: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(provenance)
  const key = (platform: string): string => `buildx.build.provenance${entries.length === 1 ? '' : `/${platform}`}`
  return Object.fromEntries(entries.map(([platform, predicate]) => [key(platform), predicate]))
}

/** A warning as BuildKit tells it: the message in base64. */
function describeWarning({ code, message, line, url }: BuildWarning): Readonly<Record<string, unknown>> {
  const place = line === undefined ? '' : ` (line ${line})`
  return {
    level: 1,
    short: Buffer.from(`${code}: ${message}${place}`).toString('base64'),
    url,
    ...(line !== undefined && { range: [{ start: { line }, end: { line } }] }),
  }
}
