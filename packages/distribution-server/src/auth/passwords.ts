import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { reloadedFile, unusable } from './reloaded-file.ts'

/** Checks names and passwords. */
export interface Passwords {
  /** False for a wrong password or an unknown user; rejects if that cannot be decided. */
  check(user: string, password: string): Promise<boolean>
}

/** Milliseconds that a correct password is remembered: bcrypt takes a tenth of a second. */
const rememberFor = 60_000
const mostRemembered = 1000
/** Checks that wait for the processor at once. More are refused. */
const mostChecks = 20

/** One user and one password, compared in constant time. */
export function onlyUser(name: string, password: string): Passwords {
  const key = randomBytes(32)
  const expected = seal(key, name, password)
  return { check: async (user, given) => timingSafeEqual(seal(key, user, given), expected) }
}

/**
 * The users of a file of `htpasswd -B`, which is read again when it changes. Rejects with
 * `OPTION_INVALID` for entries that are not bcrypt.
 */
export async function htpasswdUsers(path: string): Promise<Passwords> {
  return new HtpasswdFile(
    await reloadedFile(path, (text) => ({ hashes: parseHtpasswd(text, path), remembered: new Map() })),
  )
}

interface Users {
  readonly hashes: ReadonlyMap<string, string>
  /** Correct passwords, sealed, with the time until which they are remembered. */
  readonly remembered: Map<string, number>
}

class HtpasswdFile implements Passwords {
  readonly #users: () => Promise<Users>
  readonly #key = randomBytes(32)
  #checks = 0

  constructor(users: () => Promise<Users>) {
    this.#users = users
  }

  async check(user: string, password: string): Promise<boolean> {
    const { hashes, remembered } = await this.#users()
    const sealed = seal(this.#key, user, password).toString('base64')
    if ((remembered.get(sealed) ?? 0) > Date.now()) return true
    if (this.#checks >= mostChecks) throw new TooManyChecks()
    this.#checks++
    try {
      const { compare } = await import('bcryptjs')
      // An unknown user takes as long as a known one.
      const hash = hashes.get(user) ?? hashes.values().next().value ?? ''
      const isRight = await compare(password, hash)
      if (!isRight || !hashes.has(user)) return false
    } finally {
      this.#checks--
    }
    if (remembered.size >= mostRemembered) remembered.clear()
    remembered.set(sealed, Date.now() + rememberFor)
    return true
  }
}

/** More passwords are being checked than the processor can do. */
export class TooManyChecks extends Error {
  override readonly name = 'TooManyChecks'
}

function parseHtpasswd(text: string, path: string): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#')) continue
    const [, user = '', hash = ''] = /^([^:]+):(\$2[aby]\$\d\d\$[./A-Za-z\d]{53})$/.exec(line) ?? []
    if (user === '')
      throw unusable(path, 'expected "user:" and a bcrypt hash', {
        line: index + 1,
        hint: 'htpasswd -B writes such lines',
      })
    hashes.set(user, hash)
  }
  if (hashes.size === 0) throw unusable(path, 'no users in it')
  return hashes
}

function seal(key: Buffer, user: string, password: string): Buffer {
  return createHmac('sha256', key).update(`${user.length}:${user}:${password}`).digest()
}
