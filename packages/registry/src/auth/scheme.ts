import { RegistryError } from '../errors.ts'
import type { HostSettings, HttpResponse } from '../http.ts'
import { redactUrl } from '../redact.ts'
import { parseChallenges } from './challenge.ts'

/** Authorization scheme of a registry, the same for all its repositories. */
export type Scheme =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | undefined }

/** A challenge we can answer, with the scopes it names. */
export interface Demand {
  readonly scheme: Scheme
  readonly scopes: readonly string[]
  /** Settings for the connections to the registry, where its token server is the same host. */
  readonly host?: HostSettings | undefined
}

/**
 * Reads what a 401 answer asks for; Bearer wins over Basic, undefined when neither is offered.
 * Throws `REGISTRY_PROTOCOL` when a registry reached by https wants credentials sent in the clear.
 */
export function readDemand(response: HttpResponse): Demand | undefined {
  const challenges = parseChallenges(response.headers.get('www-authenticate'))
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer' && challenge.parameters.has('realm'))
  if (bearer !== undefined) {
    const realm = parseRealm(bearer.parameters.get('realm') ?? '', response.url)
    const scopes = (bearer.parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
    return { scheme: { kind: 'bearer', realm, service: bearer.parameters.get('service') }, scopes }
  }
  return challenges.some((challenge) => challenge.scheme === 'basic')
    ? { scheme: { kind: 'basic' }, scopes: [] }
    : undefined
}

function parseRealm(realm: string, asked: URL): URL {
  if (!URL.canParse(realm)) throw new RegistryError('REGISTRY_PROTOCOL', `unreadable token realm from ${asked.host}`)
  const url = new URL(realm)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && asked.protocol === 'http:')) return url
  throw new RegistryError('REGISTRY_PROTOCOL', `refused to send credentials to ${redactUrl(url)}: not https`)
}
