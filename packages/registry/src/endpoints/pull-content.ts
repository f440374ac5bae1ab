import type { Bytes } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import { drain, type HttpResponse } from '../http.ts'
import { acceptedManifests } from './manifest-types.ts'
import type { Endpoint } from './endpoint.ts'

/** Requested content, from `offset` (bytes) on. */
export interface PullRequest {
  readonly repository: string
  readonly kind: 'blob' | 'manifest'
  readonly digest: Digest
  readonly offset: number
}

/** Bytes from `start` on; a registry may ignore the offset and begin at 0. */
export interface Pulled {
  readonly start: number
  readonly bytes: Bytes
}

/**
 * Opens a blob or a manifest by digest (distribution-spec § Pull), undefined when it is not there.
 * Does not verify.
 */
export function pullContent({ repository, kind, digest, offset }: PullRequest): Endpoint<Pulled | undefined> {
  return {
    method: 'GET',
    path: `/v2/${repository}/${kind}s/${digest}`,
    ...(kind === 'manifest' && { accept: acceptedManifests }),
    ...(offset > 0 && { headers: { range: `bytes=${offset}-` } }),
    actions: ['pull'],
    describe: `pull ${kind} ${digest} from`,
    expects: [200, 206, 404],
    decode: async (response) => {
      if (response.status === 404) {
        await drain(response)
        return undefined
      }
      return { start: response.status === 206 ? readStart(response) : 0, bytes: response.body }
    },
  }
}

/**
 * First byte of a partial answer (RFC 9110 § 14.4). One that does not say is taken for the whole
 * and fails verification.
 */
function readStart(response: HttpResponse): number {
  const match = /^bytes (\d{1,15})-/.exec(response.headers.get('content-range') ?? '')
  return Number(match?.[1] ?? 0)
}
