import { type Digest } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'
import { isRepositoryName, isTag } from '../names/grammar.ts'
import { readDigest } from '../wire/read-digest.ts'
import { WireError } from '../wire/wire-error.ts'

/** Resource that a path names. */
export type Route =
  | { readonly kind: 'base' | 'catalog' | 'token' }
  | { readonly kind: 'blob' | 'referrers'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'tags' | 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }

const longestPath = 2048

/**
 * Reads the path of a request (distribution-spec § Endpoints), without its query. Undefined for
 * other paths. Throws `WireError` for names, digests and tags outside of their grammar.
 */
export function readRoute(path: string, method: string): Route | undefined {
  const text = decode(path)
  if (text === '/v2/' || text === '/v2') return { kind: 'base' }
  if (text === '/v2/_catalog') return { kind: 'catalog' }
  if (text === '/token') return { kind: 'token' }
  const [, name = '', kind, rest = ''] =
    /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|referrers|tags)\/([^/]*)$/.exec(text) ??
    /^\/v2\/(.+)\/(blobs\/uploads)$/.exec(text) ??
    []
  if (kind === undefined) return undefined
  if (!isRepositoryName(name)) throw new WireError('NAME_INVALID', 'invalid repository name')
  switch (kind) {
    case 'blobs/uploads':
      return rest === '' ? { kind: 'uploads', repository: name } : { kind: 'upload', repository: name, id: rest }
    case 'manifests':
      return { kind: 'manifest', repository: name, reference: readReference(rest, method) }
    case 'tags':
      return rest === 'list' ? { kind: 'tags', repository: name } : undefined
    default:
      return { kind: kind === 'blobs' ? 'blob' : 'referrers', repository: name, digest: readDigest(rest) }
  }
}

/** No manifest can have another name, so that reading one is a 404. */
function readReference(text: string, method: string): string {
  if (isTag(text) || asDigest(text) !== undefined) return text
  if (method === 'GET' || method === 'HEAD') throw new WireError('MANIFEST_UNKNOWN', 'no tag or digest has this form')
  throw text.includes(':')
    ? new WireError('DIGEST_INVALID', 'invalid digest')
    : new WireError('MANIFEST_INVALID', 'invalid tag')
}

function decode(path: string): string {
  if (path.length > longestPath) throw new WireError('NAME_INVALID', 'the path is too long', { status: 414 })
  try {
    return decodeURIComponent(path)
  } catch {
    throw new WireError('NAME_INVALID', 'malformed escape in the path')
  }
}
