import type { Descriptor } from '@tsbuild/oci'
import { drain } from '../http.ts'
import type { Endpoint, EndpointBody } from './endpoint.ts'

/**
 * Completes an upload (distribution-spec § Pushing blobs): with the whole blob in one request, or,
 * without `open`, after its chunks.
 */
export function finishUpload(location: string, blob: Descriptor, open?: EndpointBody['open']): Endpoint<void> {
  // Appended as text: the rest of the query is the registry's and may be signed.
  const path = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`
  return {
    method: 'PUT',
    path,
    // A broken upload leaves its session in an unknown state, which the caller must ask for first.
    body: {
      mediaType: 'application/octet-stream',
      size: open === undefined ? 0 : blob.size,
      open: open ?? empty,
      once: true,
    },
    actions: ['pull', 'push'],
    describe: `push blob ${blob.digest} to`,
    expects: [201, 204],
    decode: async (response) => void (await drain(response)),
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
