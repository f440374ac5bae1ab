import type { Dockerfile } from '@tsbuild/dockerfile'
import type { BaseImageResolver } from '../frontend/plan/base-image.ts'
import type { LowerOptions } from '../frontend/plan/lower-options.ts'
import { parseFile } from '../frontend/parse-file.ts'

/** Subject of a subrequest: a Dockerfile as it would be built. */
export interface SubrequestInput {
  readonly source: { readonly name: string; readonly text: string }
  /** Options for lowering it, one for each platform. */
  lowerOptions(dockerfile: Dockerfile): Promise<readonly LowerOptions[]>
  readonly resolver: BaseImageResolver
}

/**
 * The Dockerfile with what it is lowered with for the first platform: answers are about one. Throws
 * `DockerfileError` and `LowerError`.
 */
export async function openSubrequest({
  source,
  lowerOptions,
}: SubrequestInput): Promise<{ readonly dockerfile: Dockerfile; readonly options: LowerOptions }> {
  const dockerfile = parseFile(source)
  const [options] = await lowerOptions(dockerfile)
  if (options === undefined) throw new RangeError('there is no platform to answer for')
  return { dockerfile, options }
}
