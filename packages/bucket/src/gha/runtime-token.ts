import { BucketError } from '../store/bucket-error.ts'

/** Scopes of the cache that a job may use: refs, as `refs/heads/main`. */
export interface CacheScopes {
  /** Its own first, then those of the branches that it may read. */
  readonly readable: readonly string[]
  /** Undefined for jobs that may only read, as those of forks. */
  readonly writable: string | undefined
}

/** More scopes are not read. GitHub gives a job its own, the base and the default branch. */
const maxScopes = 8

/** Bits of `Permission`. */
const [read, write] = [1, 2]

/**
 * Scopes of a runtime token, a JWT: member `ac`, a text with a list of `{ Scope, Permission }`. The
 * signature is for the service to check. Throws `BUCKET_CREDENTIALS` for other tokens.
 */
export function readScopes(token: string): CacheScopes {
  const scopes = decodeScopes(token).slice(0, maxScopes)
  const writable = scopes.find(({ permission }) => (permission & write) !== 0)?.scope
  const readable = scopes.filter(({ permission }) => (permission & read) !== 0).map(({ scope }) => scope)
  const others = readable.filter((scope) => scope !== writable)
  return { readable: writable === undefined ? others : [writable, ...others], writable }
}

function decodeScopes(token: string): readonly { readonly scope: string; readonly permission: number }[] {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null || !('ac' in claims)) throw new TypeError('no scopes')
    const list: unknown = JSON.parse(String(claims.ac))
    if (!Array.isArray(list)) throw new TypeError('no list of scopes')
    return list.map((entry: unknown) => {
      if (typeof entry !== 'object' || entry === null || !('Scope' in entry) || !('Permission' in entry))
        throw new TypeError('not a scope')
      return { scope: String(entry.Scope), permission: Number(entry.Permission) }
    })
  } catch {
    // Without the message of the cause, which may quote the token.
    throw new BucketError('BUCKET_CREDENTIALS', 'ACTIONS_RUNTIME_TOKEN has no cache scopes', {
      hint: 'the token of a job is needed, not GITHUB_TOKEN',
    })
  }
}
