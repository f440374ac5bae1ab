import type { BuildResult, BuildWarning } from '../options.ts'
import type { Invocation } from './invocation.ts'
import { isBoolean, parseBoolean } from './parse-boolean.ts'

/** What `--metadata-file` tells, under the keys that buildx writes. Warnings are there when `BUILDX_METADATA_WARNINGS` is true. */
export function metadataOf(result: BuildResult, env: Invocation['env']): Readonly<Record<string, unknown>> {
  const { digest, configDigest, mediaType, size, annotations, platform, names, warnings } = result
  const asked = env['BUILDX_METADATA_WARNINGS'] ?? ''
  const wantsWarnings = isBoolean(asked) && parseBoolean('BUILDX_METADATA_WARNINGS', asked)
  return {
    ...(wantsWarnings && warnings.length > 0 ? { 'buildx.build.warnings': warnings.map(warningOf) } : {}),
    ...(configDigest === undefined ? {} : { 'containerimage.config.digest': configDigest }),
    ...(digest === undefined
      ? {}
      : { 'containerimage.descriptor': { mediaType, digest, size, annotations, platform }, 'containerimage.digest': digest }),
    ...(names.length === 0 ? {} : { 'image.name': names.join(',') }),
  }
}

/** A warning as BuildKit tells it: the message in base64. */
function warningOf({ code, message, line, url }: BuildWarning): Readonly<Record<string, unknown>> {
  const place = line === undefined ? '' : ` (line ${line})`
  return {
    level: 1,
    short: Buffer.from(`${code}: ${message}${place}`).toString('base64'),
    url,
    ...(line === undefined ? {} : { range: [{ start: { line }, end: { line } }] }),
  }
}
