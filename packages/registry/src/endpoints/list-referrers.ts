import { type Descriptor, type Digest, mediaTypes, parseIndex } from '@tsbuild/oci'
import { drain, readBody } from '../http.ts'
import type { Endpoint } from './endpoint.ts'
import { mediaTypeOf } from './media-type-of.ts'
import { nextPage } from './next-page.ts'
import { maxManifestSize } from './resolve-manifest.ts'

/** Some of what refers to a manifest, and where the rest is. */
export interface ReferrerPage {
  readonly referrers: readonly Descriptor[]
  readonly next: string | undefined
}

/**
 * Asks what refers to a manifest (distribution-spec § Listing Referrers); undefined from a registry
 * that does not know. `path` as for `listTags`.
 */
export function listReferrers(path: string): Endpoint<ReferrerPage | undefined> {
  return {
    method: 'GET',
    path,
    accept: [mediaTypes.ociIndex],
    actions: ['pull'],
    describe: 'list referrers in',
    // Registries older than the call say so in various ways.
    expects: [200, 400, 404, 405, 501],
    decode: async (response) => {
      if (response.status !== 200 || mediaTypeOf(response) !== mediaTypes.ociIndex) {
        await drain(response)
        return undefined
      }
      return { referrers: parseIndex(await readBody(response, maxManifestSize)).manifests, next: nextPage(response) }
    },
  }
}

export function firstReferrerPage(repository: string, subject: Digest): string {
  return `/v2/${repository}/referrers/${subject}`
}
