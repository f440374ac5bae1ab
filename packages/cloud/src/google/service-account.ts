import { createSign } from 'node:crypto'
import { CloudError } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { type CredentialFields, postForm, requiredText, serviceUrl } from './file-fields.ts'
import { type GoogleToken, scope } from './google-token.ts'

/** Token for the key of a service account, by a signed assertion (RFC 7523, 2.1). */
export async function serviceAccountToken(
  fields: CredentialFields,
  place: string,
  search: IdentitySearch,
): Promise<GoogleToken> {
  const url = serviceUrl(fields, 'token_uri', 'https://oauth2.googleapis.com/token')
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionOf(fields, url) }
  return postForm({ url, form, place }, search)
}

function assertionOf(fields: CredentialFields, audience: URL): string {
  const now = Math.floor(Date.now() / 1000)
  const id = fields.get('private_key_id')
  const header = { alg: 'RS256', typ: 'JWT', ...(typeof id === 'string' && { kid: id }) }
  const claims = { iss: requiredText(fields, 'client_email'), scope, aud: audience.href, iat: now, exp: now + 3600 }
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  try {
    const signature = createSign('RSA-SHA256').update(content).sign(requiredText(fields, 'private_key'), 'base64url')
    return `${content}.${signature}`
  } catch (error) {
    if (error instanceof CloudError) throw error
    // The words of OpenSSL say nothing about the file, and must not quote the key.
    throw new CloudError('CLOUD_CREDENTIALS', '"private_key" in the credentials of Google is not a key')
  }
}
