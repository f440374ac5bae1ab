import { RegistryError } from '../errors.ts'
import { readBody, type Fetch, type HostSettings, type HttpRequest, type HttpResponse } from '../http.ts'
import type { Credential } from '../keychain/keychain.ts'
import { redactUrl } from '../redact.ts'
import { errorFrom } from '../wire-error.ts'

/** Request for a token. */
export interface TokenRequest {
  readonly realm: URL
  readonly service: string | undefined
  readonly scopes: readonly string[]
  readonly credential: Credential | undefined
  readonly host?: HostSettings | undefined
}

export interface Token {
  readonly value: string
  /** Seconds it may be used, counted from now. */
  readonly lifetime: number
}

const clientId = 'tsbuild'
const maxAnswer = 1024 * 1024
/** Lifetime of a token without `expires_in`, in seconds (distribution, docs/spec/auth/token.md). */
const defaultLifetime = 60

/**
 * Gets a bearer token: GET with basic or no credentials, or the OAuth2 refresh-token grant for an
 * identity token (distribution, docs/spec/auth/token.md and oauth.md). Rejects with
 * `REGISTRY_UNAUTHORIZED` when it is refused.
 */
export async function requestToken(fetch: Fetch, request: TokenRequest): Promise<Token> {
  const operation = `get a token from ${redactUrl(request.realm)}`
  const message = request.credential?.kind === 'identity' ? grant(request, request.credential.token) : query(request)
  const response = await fetch({ ...message, ...(request.host && { host: request.host }) })
  if (response.status !== 200) throw await errorFrom(response, operation)
  return readToken(response, operation)
}

function query(request: TokenRequest): HttpRequest {
  const url = new URL(request.realm)
  if (request.service !== undefined) url.searchParams.set('service', request.service)
  for (const scope of request.scopes) url.searchParams.append('scope', scope)
  const headers = request.credential?.kind === 'basic' ? { authorization: basicAuthorization(request.credential) } : {}
  return { method: 'GET', url, headers }
}

function grant(request: TokenRequest, refreshToken: string): HttpRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    service: request.service ?? '',
    scope: request.scopes.join(' '),
    refresh_token: refreshToken,
  })
  const bytes = Buffer.from(form.toString())
  return {
    method: 'POST',
    url: request.realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(bytes.length) },
    body: async function* () {
      yield bytes
    },
  }
}

/** The value of an Authorization header for user name and password (RFC 7617). */
export function basicAuthorization(credential: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`
}

async function readToken(response: HttpResponse, operation: string): Promise<Token> {
  const body: unknown = parseJson(await readBody(response, maxAnswer))
  if (typeof body === 'object' && body !== null) {
    const { token, access_token: accessToken, expires_in: lifetime }: Readonly<Record<string, unknown>> = { ...body }
    const value = typeof token === 'string' && token !== '' ? token : accessToken
    // Anything else could not be a header, or would smuggle one.
    if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)) {
      return { value, lifetime: typeof lifetime === 'number' && lifetime > 0 ? lifetime : defaultLifetime }
    }
  }
  throw new RegistryError('REGISTRY_PROTOCOL', `${operation}: the answer holds no token`, { status: response.status })
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
