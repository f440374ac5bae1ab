import type { Digest } from '@tsbuild/oci'
import { drain } from '../http.ts'
import { type Opened, startOf } from '../resume.ts'
import { acceptedManifests } from './manifest-types.ts'
import type { Endpoint } from './endpoint.ts'

/** Requested content, from `offset` (bytes) on. */
export interface PullRequest {
  readonly repository: string
  readonly kind: 'blob' | 'manifest'
  readonly digest: Digest
  readonly offset: number
  /** Bytes of the whole content. */
  readonly size: number
}

/** Below this size, in bytes, a connection of its own takes more time than it saves. */
const smallestLarge = 8 * 1024 * 1024

/**
 * Opens a blob or a manifest by digest (distribution-spec § Pull), undefined when it is not there.
 * Does not verify.
 */
export function pullContent({ repository, kind, digest, offset, size }: PullRequest): Endpoint<Opened | undefined> {
  return {
    method: 'GET',
    path: `/v2/${repository}/${kind}s/${digest}`,
    ...(kind === 'manifest' && { accept: acceptedManifests }),
    ...(offset > 0 && { headers: { range: `bytes=${offset}-` } }),
    ...(size - offset >= smallestLarge && { isLarge: true }),
    actions: ['pull'],
    describe: `pull ${kind} ${digest} from`,
    expects: [200, 206, 404],
    decode: async (response) => {
      if (response.status === 404) {
        await drain(response)
        return undefined
      }
      return { start: startOf(response), bytes: response.body }
    },
  }
}
