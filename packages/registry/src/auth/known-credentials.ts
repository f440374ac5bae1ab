import { isDeepStrictEqual } from 'node:util'
import type { Access } from '../http.ts'
import type { Credential, Keychain } from '../keychain/keychain.ts'

/** Credentials are renewed so long before they expire, in milliseconds. */
const margin = 30_000

/** Credentials of a keychain, kept for each repository until they expire or are refused. */
export interface KnownCredentials {
  find(access: Access): Promise<Credential | undefined>
  /**
   * Looks once more for a credential in the place of a refused one, as a helper or another program
   * may have renewed it; true if there is another one now.
   */
  renew(access: Access, refused: Credential): Promise<boolean>
}

/** `now` is in milliseconds since the epoch. */
export function knownCredentials(keychain: Keychain, now: () => number): KnownCredentials {
  const credentials = new Map<string, Promise<Credential | undefined>>()

  const find = async ({ registry, repository }: Access): Promise<Credential | undefined> => {
    const key = `${registry}/${repository}`
    const kept = credentials.get(key)
    const expires = kept && (await kept)?.expires
    if (kept !== undefined && (expires === undefined || expires - margin > now())) return kept
    // Another request may have renewed it meanwhile.
    const renewed = credentials.get(key)
    if (renewed !== undefined && renewed !== kept) return renewed
    const credential = keychain.credentialFor(registry, repository)
    credentials.set(key, credential)
    return credential
  }

  const renew = async (access: Access, refused: Credential): Promise<boolean> => {
    const key = `${access.registry}/${access.repository}`
    const kept = credentials.get(key)
    const known = await kept?.catch(() => undefined)
    // Another request may have renewed it meanwhile.
    if (known === refused && credentials.get(key) === kept) credentials.delete(key)
    const found = await find(access).catch(() => undefined)
    return found !== undefined && !isDeepStrictEqual(found, refused)
  }

  return { find, renew }
}
