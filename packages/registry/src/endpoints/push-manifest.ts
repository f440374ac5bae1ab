import type { Descriptor } from '@tsbuild/oci'
import { drain } from '../http.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Stores a manifest or index under `reference`, a tag or its digest (distribution-spec § Pushing
 * Manifests). Tells whether the registry noticed that it refers to another one.
 */
export function pushManifest(
  repository: string,
  manifest: { readonly descriptor: Descriptor; readonly bytes: Uint8Array },
  reference: string,
): Endpoint<{ readonly refers: boolean }> {
  const { descriptor, bytes } = manifest
  return {
    method: 'PUT',
    path: `/v2/${repository}/manifests/${reference}`,
    body: {
      mediaType: descriptor.mediaType,
      size: bytes.length,
      once: false,
      open: async function* () {
        yield bytes
      },
    },
    actions: ['pull', 'push'],
    describe: `push manifest ${reference} to`,
    expects: [200, 201, 202, 204],
    decode: async (response) => {
      await drain(response)
      return { refers: response.headers.has('oci-subject') }
    },
  }
}
