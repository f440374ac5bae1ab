import { ContentError } from '@tsbuild/content'
import { type Digest, isDigest } from '@tsbuild/oci'
import { callEndpoint, type EndpointContext, formatName } from './endpoints/call-endpoint.ts'
import { getManifest } from './endpoints/resolve-manifest.ts'
import { wrongContent } from './wrong-content.ts'

/** Digests that a registry named for tags, without sending the manifests. */
export class AnnouncedDigests {
  readonly #tags = new Map<Digest, string>()

  note(digest: Digest, reference: string): void {
    if (!isDigest(reference)) this.#tags.set(digest, reference)
  }

  /**
   * The error for a manifest that cannot be read by its digest: `DIGEST_MISMATCH` if the registry
   * sends another manifest for the tag of that digest.
   */
  async explain(error: unknown, digest: Digest, context: EndpointContext): Promise<unknown> {
    const tag = this.#tags.get(digest)
    if (tag === undefined || !(error instanceof ContentError) || error.code !== 'NOT_FOUND') return error
    const found = await callEndpoint(context, getManifest(context.repository, tag))
    if (found === 'absent' || found.descriptor.digest === digest) return error
    const reason = `the registry announced ${digest} and sends ${found.descriptor.digest}`
    return wrongContent('DIGEST_MISMATCH', `${formatName(context, tag)}: ${reason}`, context.registry)
  }
}
