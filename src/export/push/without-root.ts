import type { ContentTarget } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'

/**
 * A target for all of an image but its manifest, which each of the tags brings. `held` takes the
 * manifest.
 */
export function withoutRoot(
  target: ContentTarget,
  { digest }: Descriptor,
  held: Pick<ContentTarget, 'put'>,
): ContentTarget {
  return {
    has: (expected) => target.has(expected),
    open: (expected, signal) => target.open(expected, signal),
    adopt: async (expected, from) => (await target.adopt?.(expected, from)) === true,
    put: (expected, bytes, signal) => (expected.digest === digest ? held : target).put(expected, bytes, signal),
  }
}
