import type { Digest } from '@tsbuild/oci'
import type { Action, Endpoint } from './endpoint.ts'

/**
 * Is the blob there? (distribution-spec § Existing Layers). Before a push, ask with the push's
 * actions: one token less.
 */
export function checkBlob(
  repository: string,
  digest: Digest,
  actions: readonly Action[] = ['pull'],
): Endpoint<boolean> {
  return {
    method: 'HEAD',
    path: `/v2/${repository}/blobs/${digest}`,
    actions,
    describe: `check blob ${digest} in`,
    expects: [200, 404],
    decode: (response) => response.status === 200,
  }
}
