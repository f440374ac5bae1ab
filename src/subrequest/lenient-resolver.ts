import { digestOf } from '@tsbuild/oci'
import { findRegistryError, type RegistryErrorCode } from '@tsbuild/registry'
import type { BaseImageResolver } from '../frontend/plan/base-image.ts'

/** The registry did not say that there is no such image: it said nothing, or not to us. */
const silence: ReadonlySet<RegistryErrorCode> = new Set([
  'CREDENTIALS_UNREADABLE',
  'REGISTRY_DENIED',
  'REGISTRY_TIMEOUT',
  'REGISTRY_TLS',
  'REGISTRY_TOO_MANY_REQUESTS',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_UNAVAILABLE',
  'REGISTRY_UNREACHABLE',
])

/**
 * A resolver that goes on with an image about which nothing is known where a registry cannot be
 * asked, and remembers which those were.
 */
export interface LenientResolver extends BaseImageResolver {
  /** One sentence for each image that could not be asked, sorted. */
  notes(): readonly string[]
}

/**
 * Makes `resolver` lenient: subrequests work without a network. An image that is known to be
 * missing is still an error.
 */
export function lenientResolver(resolver: BaseImageResolver): LenientResolver {
  const missed = new Map<string, string>()
  return {
    async resolve(request) {
      try {
        return await resolver.resolve(request)
      } catch (error) {
        const refusal = findRegistryError(error)
        if (refusal === undefined || !silence.has(refusal.code)) throw error
        const { reference, platform } = request
        missed.set(reference, `assuming that ${reference} sets no variables: ${refusal.message}`)
        const config = { ...platform, config: {}, rootfs: { type: 'layers', diff_ids: [] } } as const
        return { reference, digest: digestOf(reference), platform, config, assumed: true }
      }
    },
    notes: () => [...missed.values()].sort(),
  }
}
