import type { Descriptor } from '@tsbuild/oci'
import { drain } from '../http.ts'
import type { Endpoint, EndpointBody } from './endpoint.ts'

/** Sends a whole blob in one request (distribution-spec § Monolithic Upload). */
export function finishUpload(location: string, blob: Descriptor, open: EndpointBody['open']): Endpoint<void> {
  // Appended as text: the rest of the query is the registry's and may be signed.
  const path = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`
  return {
    method: 'PUT',
    path,
    // A broken upload leaves a session in an unknown state: it is repeated from the POST on, not
    // from here.
    body: { mediaType: 'application/octet-stream', size: blob.size, open, once: true },
    actions: ['pull', 'push'],
    describe: `push blob ${blob.digest} to`,
    expects: [201, 204],
    decode: async (response) => void (await drain(response)),
  }
}
