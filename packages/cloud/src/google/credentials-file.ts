import { CloudError } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { parseMembers } from '../http/parse-json.ts'
import { readCredentialFile } from '../http/read-credential-file.ts'
import { externalAccountToken } from './external-account.ts'
import { type CredentialFields, postForm, requiredText, serviceUrl } from './file-fields.ts'
import type { GoogleToken } from './google-token.ts'
import { serviceAccountToken } from './service-account.ts'

/**
 * Token for a file with credentials of Google: `service_account`, `external_account` or
 * `authorized_user`. Rejects with a `CloudError` for others.
 */
export async function fileToken(path: string, place: string, search: IdentitySearch): Promise<GoogleToken> {
  const fields: CredentialFields = parseMembers(await readCredentialFile(path))
  switch (fields.get('type')) {
    case 'service_account':
      return serviceAccountToken(fields, place, search)
    case 'external_account':
      return externalAccountToken(fields, place, search)
    case 'authorized_user':
      return userToken(fields, place, search)
    default:
      throw new CloudError('CLOUD_CREDENTIALS', `the file of ${place} has no credentials of a known type`, {
        hint: 'use a file of type service_account, external_account or authorized_user, or a credential helper',
      })
  }
}

/** Of `gcloud auth application-default login` (RFC 6749, 6). */
async function userToken(fields: CredentialFields, place: string, search: IdentitySearch): Promise<GoogleToken> {
  const url = serviceUrl(fields, 'token_uri', 'https://oauth2.googleapis.com/token')
  const form = {
    grant_type: 'refresh_token',
    client_id: requiredText(fields, 'client_id'),
    client_secret: requiredText(fields, 'client_secret'),
    refresh_token: requiredText(fields, 'refresh_token'),
  }
  return postForm({ url, form, place }, search)
}
