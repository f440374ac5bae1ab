import { RegistryError } from '../errors.ts'
import type { Access, Fetch } from '../http.ts'
import type { Credential, Keychain } from '../keychain/keychain.ts'
import type { Demand, Scheme } from './scheme.ts'
import { basicAuthorization, requestToken, type Token, type TokenRequest } from './token.ts'

/**
 * Turns demands into Authorization headers; holds credentials and tokens for the life of a client.
 */
export interface Authorizer {
  /**
   * The header for a request; undefined when there is nothing to say. `refused` is a header that no
   * longer works.
   */
  authorize(demand: Demand, access: Access, refused?: string): Promise<string | undefined>
  /** Rejects when credentials for `access` exist but could not be read. */
  checkCredentials(access: Access): Promise<void>
}

export interface AuthorizerOptions {
  readonly fetch: Fetch
  readonly keychain: Keychain
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * A token this close to its end, in milliseconds, is not used any more: a request may queue for a
 * while.
 */
const margin = 10_000

/** Credentials are renewed so long before they expire, in milliseconds. */
const credentialMargin = 30_000

interface CachedToken {
  readonly authorization: Promise<string>
  /** Set once the token has arrived. */
  value: string | undefined
  expires: number
}

/** Makes an authorizer. Concurrent requests of equal scopes share one token request. */
export function createAuthorizer({ fetch, keychain, now }: AuthorizerOptions): Authorizer {
  const credentials = new Map<string, Promise<Credential | undefined>>()
  const tokens = new Map<string, CachedToken>()

  const lookUp = async ({ registry, repository }: Access): Promise<Credential | undefined> => {
    const key = `${registry}/${repository}`
    const kept = credentials.get(key)
    const expires = kept && (await kept)?.expires
    if (kept !== undefined && (expires === undefined || expires - credentialMargin > now())) return kept
    // Another request may have renewed it meanwhile.
    const renewed = credentials.get(key)
    if (renewed !== undefined && renewed !== kept) return renewed
    const credential = keychain.credentialFor(registry, repository)
    credentials.set(key, credential)
    return credential
  }

  const obtain = (key: string, request: TokenRequest): CachedToken => {
    const pending = tokenFor(fetch, request)
    const entry: CachedToken = {
      authorization: pending.then((token) => `Bearer ${token.value}`),
      value: undefined,
      expires: Number.POSITIVE_INFINITY,
    }
    const settle = async (): Promise<void> => {
      try {
        entry.value = await entry.authorization
        const { lifetime } = await pending
        // Short-lived tokens keep at least half of their life.
        entry.expires = now() + Math.max(lifetime * 1000 - margin, lifetime * 500)
      } catch {
        if (tokens.get(key) === entry) tokens.delete(key)
      }
    }
    void settle()
    tokens.set(key, entry)
    return entry
  }

  return {
    authorize: async ({ scheme, scopes, host }, access, refused) => {
      // Public content stays reachable when a credential helper is broken; a refusal brings the
      // reason up.
      const credential = await lookUp(access).catch(() => undefined)
      if (scheme.kind === 'basic') return credential?.kind === 'basic' ? basicAuthorization(credential) : undefined
      const key = tokenKey(scheme, access)
      const kept = tokens.get(key)
      const usable = kept !== undefined && kept.expires > now() && (refused === undefined || kept.value !== refused)
      const wanted = {
        realm: scheme.realm,
        service: scheme.service,
        scopes: [...new Set([...access.scopes, ...scopes])],
        credential,
        host,
      }
      return (usable ? kept : obtain(key, wanted)).authorization
    },
    checkCredentials: async (access) => void (await lookUp(access)),
  }
}

/**
 * A token to read is requested once more without credentials where the registry refuses an identity
 * of the machine: the image may be public.
 */
async function tokenFor(fetch: Fetch, request: TokenRequest): Promise<Token> {
  const { credential: _, ...anonymous } = request
  try {
    return await requestToken(fetch, request)
  } catch (error) {
    const isRefused = error instanceof RegistryError && refusals.has(error.code)
    const reads = request.scopes.length > 0 && request.scopes.every((scope) => scope.endsWith(':pull'))
    if (!isRefused || !reads || request.credential?.ambient !== true) throw error
    return requestToken(fetch, { ...anonymous, credential: undefined }).catch(() => {
      // The user learns why the identity did not help.
      throw error
    })
  }
}

const refusals: ReadonlySet<string> = new Set(['REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED'])

/** Credentials can differ by repository, so tokens do too, even for equal scopes. */
function tokenKey(scheme: Extract<Scheme, { kind: 'bearer' }>, { registry, repository, scopes }: Access): string {
  return JSON.stringify([registry, repository, scheme.realm.href, scheme.service, scopes])
}
