import type { Digest } from '@tsbuild/oci'
import { drain } from '../http.ts'
import type { Endpoint } from './endpoint.ts'
import { uploadLocation } from './start-upload.ts'

/**
 * Links a blob of another repository of the same registry (distribution-spec § Cross Repository
 * Blob Mount). A registry that will not do so opens an upload instead; its URL is the answer then.
 */
export function mountBlob(repository: string, digest: Digest, from: string): Endpoint<{ readonly upload?: string }> {
  return {
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`,
    actions: ['pull', 'push'],
    alsoPull: from,
    describe: `mount blob ${digest} into`,
    expects: [201, 202],
    decode: async (response) => {
      if (response.status === 202) return { upload: await uploadLocation(response) }
      await drain(response)
      return {}
    },
  }
}
