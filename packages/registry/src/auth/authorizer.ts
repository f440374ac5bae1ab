import { RegistryError } from '../errors.ts'
import type { Access, Fetch } from '../http.ts'
import type { Credential, Keychain } from '../keychain/keychain.ts'
import { type KnownCredentials, knownCredentials } from './known-credentials.ts'
import type { Demand, Scheme } from './scheme.ts'
import { basicAuthorization, requestToken, type Token, type TokenRequest } from './token.ts'

/** An Authorization header, and the credential behind it. */
export interface Authorization {
  readonly header: string
  /** Undefined for an anonymous token. */
  readonly credential: Credential | undefined
}

/**
 * Turns demands into Authorization headers; holds credentials and tokens for the life of a client.
 */
export interface Authorizer {
  /**
   * The header for a request; undefined when there is nothing to say. `refused` is one that no
   * longer works.
   */
  authorize(demand: Demand, access: Access, refused?: Authorization): Promise<Authorization | undefined>
  readonly renew: KnownCredentials['renew']
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

interface IssuedToken {
  readonly token: Token
  readonly credential: Credential | undefined
}

interface CachedToken {
  readonly authorization: Promise<Authorization>
  /** Header; set once the token has arrived. */
  value: string | undefined
  expires: number
}

/** Makes an authorizer. Concurrent requests of equal scopes share one token request. */
export function createAuthorizer({ fetch, keychain, now }: AuthorizerOptions): Authorizer {
  const credentials = knownCredentials(keychain, now)
  const tokens = new Map<string, CachedToken>()

  const requestOrRenew = async (access: Access, request: TokenRequest): Promise<IssuedToken> => {
    const { credential } = request
    try {
      return { token: await tokenFor(fetch, request), credential }
    } catch (error) {
      if (credential === undefined || !isRefusal(error) || !(await credentials.renew(access, credential))) throw error
      const renewed = await credentials.find(access)
      return { token: await tokenFor(fetch, { ...request, credential: renewed }), credential: renewed }
    }
  }

  const obtain = (key: string, access: Access, request: TokenRequest): CachedToken => {
    const pending = requestOrRenew(access, request)
    const entry: CachedToken = {
      authorization: pending.then(({ token, credential }) => ({ header: `Bearer ${token.value}`, credential })),
      value: undefined,
      expires: Number.POSITIVE_INFINITY,
    }
    const settle = async (): Promise<void> => {
      try {
        entry.value = (await entry.authorization).header
        const { lifetime } = (await pending).token
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
      const credential = await credentials.find(access).catch(() => undefined)
      if (scheme.kind === 'basic')
        return credential?.kind === 'basic' ? { header: basicAuthorization(credential), credential } : undefined
      const key = tokenKey(scheme, access)
      const kept = tokens.get(key)
      const usable =
        kept !== undefined && kept.expires > now() && (refused === undefined || kept.value !== refused.header)
      const wanted = {
        realm: scheme.realm,
        service: scheme.service,
        scopes: [...new Set([...access.scopes, ...scopes])],
        credential,
        host,
      }
      return (usable ? kept : obtain(key, access, wanted)).authorization
    },
    renew: credentials.renew,
    checkCredentials: async (access) => void (await credentials.find(access)),
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
    const reads = request.scopes.length > 0 && request.scopes.every((scope) => scope.endsWith(':pull'))
    if (!isRefusal(error) || !reads || request.credential?.ambient !== true) throw error
    return requestToken(fetch, { ...anonymous, credential: undefined }).catch(() => {
      // The user learns why the identity did not help.
      throw error
    })
  }
}

/** OAuth2 answers 400 for a token that is no longer valid (RFC 6749 § 5.2). */
function isRefusal(error: unknown): boolean {
  return error instanceof RegistryError && (error.status === 400 || error.status === 401 || error.status === 403)
}

/** Credentials can differ by repository, so tokens do too, even for equal scopes. */
function tokenKey(scheme: Extract<Scheme, { kind: 'bearer' }>, { registry, repository, scopes }: Access): string {
  return JSON.stringify([registry, repository, scheme.realm.href, scheme.service, scopes])
}
