import { CloudError } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { toHttp } from '../http/service-request.ts'
import type { GoogleToken } from './google-token.ts'
import { readToken } from './read-token.ts'

/** Members of a file with credentials. */
export type CredentialFields = ReadonlyMap<string, unknown>

/** A member that must be a text. Throws `CLOUD_CREDENTIALS`. */
export function requiredText(fields: CredentialFields, name: string): string {
  const value = fields.get(name)
  if (typeof value === 'string' && value !== '') return value
  throw new CloudError('CLOUD_CREDENTIALS', `the credentials of Google have no "${name}"`)
}

/** Address of a service; plain HTTP is for this machine alone. Throws `CLOUD_CREDENTIALS`. */
export function serviceUrl(fields: CredentialFields, name: string, standard?: string): URL {
  const text = fields.get(name) ?? standard
  if (typeof text === 'string' && URL.canParse(text)) {
    const url = new URL(text)
    const { protocol, hostname } = url
    const isLocal = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
    if (protocol === 'https:' || (protocol === 'http:' && isLocal)) return url
  }
  throw new CloudError('CLOUD_CREDENTIALS', `"${name}" in the credentials of Google is not an https URL`)
}

/** Token for a form. Rejects with `CLOUD_FAILED`. */
export async function postForm(
  { url, form, place }: { readonly url: URL; readonly form: Readonly<Record<string, string>>; readonly place: string },
  { http }: IdentitySearch,
): Promise<GoogleToken> {
  const response = await http.fetch(
    toHttp({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams(form).toString()),
      signal: http.signal,
    }),
  )
  return readToken(response, place)
}
