import type { HttpResponse } from '@tsbuild/registry'
import { CloudError, errorFrom } from '../http/cloud-error.ts'
import { parseMembers } from '../http/parse-json.ts'
import { readText } from '../http/service-request.ts'
import type { GoogleToken } from './google-token.ts'

/**
 * Reads the answer of a token service of Google (RFC 6749, 5.1). Rejects with `CLOUD_FAILED` when
 * it refuses.
 */
export async function readToken(response: HttpResponse, place: string): Promise<GoogleToken> {
  if (response.status !== 200) throw await errorFrom(response, `request a token of Google with ${place}`)
  const answer = parseMembers(await readText(response))
  const text = answer.get('access_token') ?? answer.get('accessToken')
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text))
    throw new CloudError('CLOUD_FAILED', 'the answer of Google has no token')
  const named = Date.parse(String(answer.get('expireTime')))
  const lifetime = Number(answer.get('expires_in') ?? 3600)
  const expires = Number.isNaN(named) ? Date.now() + (Number.isFinite(lifetime) ? lifetime : 0) * 1000 : named
  return { text, expires, place }
}
