import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Access } from '../names/scope.ts'

/** Seconds that a token is good for. A transfer that has begun goes on after them. */
export const tokenLifetime = 300
/** Characters of a token that is read. */
const longestToken = 16 * 1024

interface Claims {
  /** User; empty without one. */
  readonly sub: string
  /** Seconds since 1970. */
  readonly exp: number
  readonly access: readonly Access[]
}

/** Short tokens, JWT in form (RFC 7519, HS256), signed with a key of this process. */
export class Tokens {
  readonly #key = randomBytes(32)
  readonly #header = encode({ alg: 'HS256', typ: 'JWT' })

  issue(user: string, access: readonly Access[]): string {
    const now = Math.floor(Date.now() / 1000)
    const text = `${this.#header}.${encode({ sub: user, iat: now, exp: now + tokenLifetime, access })}`
    return `${text}.${this.#sign(text).toString('base64url')}`
  }

  /** The rights of a token; undefined for a foreign, changed or expired one. */
  read(token: string): { readonly user: string; readonly access: readonly Access[] } | undefined {
    if (token.length > longestToken) return undefined
    const [header = '', body = '', signature = ''] = token.split('.')
    const given = Buffer.from(signature, 'base64url')
    const expected = this.#sign(`${header}.${body}`)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    // Only this object makes texts with that signature.
    const { sub, exp, access }: Claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    return exp > Date.now() / 1000 ? { user: sub, access } : undefined
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
