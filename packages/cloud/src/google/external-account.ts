import { CloudError, errorFrom } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { parseMembers } from '../http/parse-json.ts'
import { readCredentialFile } from '../http/read-credential-file.ts'
import { readText, toHttp } from '../http/service-request.ts'
import { type CredentialFields, postForm, requiredText, serviceUrl } from './file-fields.ts'
import { type GoogleToken, scope } from './google-token.ts'
import { readToken } from './read-token.ts'

/**
 * Token for an identity of another provider, such as a job of GitHub or GitLab (AIP-4117, RFC
 * 8693): its token comes from a file or a URL, and is exchanged. A service account is used if the
 * file names one.
 */
export async function externalAccountToken(
  fields: CredentialFields,
  place: string,
  search: IdentitySearch,
): Promise<GoogleToken> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: requiredText(fields, 'audience'),
    scope,
    subject_token_type: requiredText(fields, 'subject_token_type'),
    subject_token: await subjectToken(fields, search),
  }
  const token = await postForm({ url: serviceUrl(fields, 'token_url'), form, place }, search)
  return fields.has('service_account_impersonation_url') ? impersonated(fields, token, search) : token
}

/** Token of the other provider. */
async function subjectToken(fields: CredentialFields, { http }: IdentitySearch): Promise<string> {
  const source: CredentialFields = new Map(Object.entries(Object(fields.get('credential_source'))))
  const format: CredentialFields = new Map(Object.entries(Object(source.get('format'))))
  const file = source.get('file')
  if (typeof file === 'string') return tokenIn(await readCredentialFile(file), format)
  if (typeof source.get('url') !== 'string' || source.has('environment_id'))
    throw new CloudError('CLOUD_CREDENTIALS', 'this source of external credentials is not supported', {
      hint: 'use a source with a file or a url, or the credential helper of gcloud',
    })
  const response = await http.fetch(
    toHttp({ method: 'GET', url: serviceUrl(source, 'url'), headers: headersOf(source), signal: http.signal }),
  )
  if (response.status !== 200) throw await errorFrom(response, 'read the token of the external identity')
  return tokenIn(await readText(response), format)
}

function headersOf(source: CredentialFields): Readonly<Record<string, string>> {
  const entries = Object.entries(Object(source.get('headers'))).map(([name, value]) => [name.toLowerCase(), value])
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts)
}

function tokenIn(text: string, format: CredentialFields): string {
  const name = format.get('subject_token_field_name')
  const token = format.get('type') === 'json' ? parseMembers(text).get(String(name)) : text.trim()
  if (typeof token === 'string' && token !== '') return token
  throw new CloudError('CLOUD_CREDENTIALS', 'the source of external credentials has no token')
}

async function impersonated(
  fields: CredentialFields,
  { text, place }: GoogleToken,
  { http }: IdentitySearch,
): Promise<GoogleToken> {
  const response = await http.fetch(
    toHttp({
      method: 'POST',
      url: serviceUrl(fields, 'service_account_impersonation_url'),
      headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ scope: [scope] })),
      signal: http.signal,
    }),
  )
  return readToken(response, place)
}
