import type { Family } from '../../image/media-types.ts'
import { UsageError } from '../invocation/usage-error.ts'

const families: Readonly<Record<string, Family>> = { oci: 'oci', docker: 'docker', v2s2: 'docker' }

/** Help of `--format` of commands that write images. */
export const formatHelp = "media types: oci, or docker (also v2s2) for those of Docker's schema 2"

/** Media types by the words of buildah (`docker`) and skopeo (`v2s2`). Throws `UsageError`. */
export function parseFormat(text: string): Family {
  const family = Object.hasOwn(families, text) ? families[text] : undefined
  if (family !== undefined) return family
  throw new UsageError(`invalid --format "${text}": expected oci, docker or v2s2`)
}
