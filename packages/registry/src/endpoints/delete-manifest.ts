import { drain } from '../http.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Deletes a manifest by digest, or a tag where the registry can (distribution-spec § Deleting tags,
 * § Deleting Manifests).
 */
export function deleteManifest(repository: string, reference: string): Endpoint<void> {
  return {
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${reference}`,
    actions: ['delete'],
    describe: `delete manifest ${reference} from`,
    expects: [200, 202, 204],
    decode: async (response) => void (await drain(response)),
  }
}
