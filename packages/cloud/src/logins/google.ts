import { findGoogleToken } from '../google/find-google-token.ts'
import type { LoginFlow } from './login-flow.ts'

/** Hosts of Container Registry, and of Artifact Registry by location. */
const hosts =
  /^(?:(?:us\.|eu\.|asia\.)?gcr\.io|[a-z]+(?:-[a-z]+\d{1,2})?-docker\.pkg\.dev|docker\.[a-z]+(?:-[a-z]+\d{1,2})?\.rep\.pkg\.dev)$/

/** Google Artifact Registry and Container Registry: an access token is the password. */
export const google: LoginFlow = {
  name: 'Google Artifact Registry',
  owns: (host) => hosts.test(host),
  login: async (_, search) => {
    const token = await findGoogleToken(search)
    if (token === undefined) return undefined
    const { text: password, expires, place: entry } = token
    return { credential: { kind: 'basic', username: 'oauth2accesstoken', password, expires }, entry }
  },
}
