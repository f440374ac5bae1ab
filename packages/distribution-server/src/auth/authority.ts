import { type Access, type Action, formatScope } from '../names/scope.ts'
import { WireError } from '../wire/wire-error.ts'
import type { AccessRules } from './access-rules.ts'
import { type Passwords, TooManyChecks } from './passwords.ts'
import { tokenLifetime, Tokens } from './tokens.ts'

/** Rules of access. */
export interface AuthorityOptions {
  /** Without users everyone may do everything that the registry does. */
  readonly users?: Passwords | undefined
  /** Actions without a password. */
  readonly anonymous: readonly Action[]
  /** Rights of users. Default: users may do everything. */
  readonly rules?: AccessRules | undefined
}

/** A request as far as its rights depend on it. */
export interface AuthorizedRequest {
  readonly authorization: string | undefined
  /** Address of the server as the client sees it, such as `https://registry.example`. */
  readonly base: string
}

/** Name of the service in challenges and tokens. */
const service = 'tsbuild-registry'

/**
 * Decides who may do what. Clients send a password with each request (Basic), or trade it for a
 * short token at `/token` (Docker's token authentication).
 */
export class Authority {
  readonly #users: Passwords | undefined
  readonly #anonymous: ReadonlySet<Action>
  readonly #rules: AccessRules | undefined
  readonly #tokens = new Tokens()

  constructor({ users, anonymous, rules }: AuthorityOptions) {
    this.#users = users
    this.#anonymous = new Set(anonymous)
    this.#rules = rules
  }

  /**
   * Resolves to the name of the user if the request has all rights of `needed`. Rejects with
   * `UNAUTHORIZED` and a challenge, with `DENIED` where another login is needed, or with
   * `TOOMANYREQUESTS`.
   */
  async authorize(request: AuthorizedRequest, needed: readonly Access[]): Promise<string | undefined> {
    if (this.#users === undefined) return undefined
    const challenge = (message: string, error?: string): WireError =>
      new WireError('UNAUTHORIZED', message, {
        headers: { 'www-authenticate': formatChallenge(request, needed, error) },
      })
    const [, scheme = '', value = ''] = /^(\w+) +(.*)$/.exec(request.authorization ?? '') ?? []
    if (scheme.toLowerCase() === 'bearer') {
      const token = this.#tokens.read(value)
      if (token === undefined) throw challenge('the token is wrong or has expired', 'invalid_token')
      if (token.user !== '') await this.#check(token.user, needed)
      if (!needed.every((access) => grants(token.access, access)))
        throw challenge('the token does not allow this', 'insufficient_scope')
      return token.user
    }
    if (scheme.toLowerCase() === 'basic') {
      const user = await this.login(request)
      if (user === undefined) throw challenge('wrong user name or password')
      await this.#check(user, needed)
      return user
    }
    if (needed.length > 0 && (await this.#allowAll(undefined, needed))) return undefined
    throw challenge('authentication required')
  }

  /** True if requests need a password or a token. */
  get hasUsers(): boolean {
    return this.#users !== undefined
  }

  /** The user of a Basic header; undefined for a wrong password. */
  async login({ authorization }: Pick<AuthorizedRequest, 'authorization'>): Promise<string | undefined> {
    const [, text = ''] = /^basic +([A-Za-z0-9+/=_-]{1,8192})$/i.exec(authorization ?? '') ?? []
    const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(text, 'base64').toString()) ?? []
    return (await this.isUser(user, password)) ? user : undefined
  }

  async isUser(user: string, password: string): Promise<boolean> {
    try {
      return user !== '' && (await this.#users?.check(user, password)) === true
    } catch (error) {
      if (!(error instanceof TooManyChecks)) throw error
      throw new WireError('TOOMANYREQUESTS', 'too many logins at once', { headers: { 'retry-after': '1' } })
    }
  }

  /** Body of the answer with a token: what the user, or everyone, may do of what is requested. */
  async issueToken(user: string | undefined, requested: readonly Access[]): Promise<Readonly<Record<string, unknown>>> {
    const access: Access[] = []
    for (const each of requested) {
      const actions: Action[] = []
      for (const action of each.actions)
        if (await this.#allows(user, { ...each, actions: [action] })) actions.push(action)
      if (actions.length > 0) access.push({ ...each, actions })
    }
    const token = this.#tokens.issue(user ?? '', access)
    return { token, access_token: token, expires_in: tokenLifetime, issued_at: new Date().toISOString() }
  }

  async #allows(user: string | undefined, access: Access): Promise<boolean> {
    if (user === undefined && access.actions.every((action) => this.#anonymous.has(action))) return true
    return this.#rules === undefined ? user !== undefined : this.#rules.allow(user, access)
  }

  async #allowAll(user: string | undefined, needed: readonly Access[]): Promise<boolean> {
    for (const access of needed) if (!(await this.#allows(user, access))) return false
    return true
  }

  /** A token is older than the rules may be. */
  async #check(user: string, needed: readonly Access[]): Promise<void> {
    for (const access of needed) {
      if (await this.#allows(user, access)) continue
      throw new WireError('DENIED', `user "${user}" may not do this: ${formatScope(access)}`)
    }
  }
}

function grants(granted: readonly Access[], { type, name, actions }: Access): boolean {
  const same = granted.filter((each) => each.type === type && each.name === name).flatMap((each) => each.actions)
  return actions.every((action) => same.includes(action))
}

function formatChallenge({ base }: AuthorizedRequest, needed: readonly Access[], error?: string): string {
  const scope = needed.map(formatScope).join(' ')
  const fields = {
    realm: `${base}/token`,
    service,
    ...(scope !== '' && { scope }),
    ...(error !== undefined && { error }),
  }
  return `Bearer ${Object.entries(fields)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}`
}
