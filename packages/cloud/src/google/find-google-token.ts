import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'
import { firstAnswer } from '../http/first-answer.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { mayBeMachineOf } from '../http/machine-vendor.ts'
import { fileToken } from './credentials-file.ts'
import type { GoogleToken } from './google-token.ts'
import { readToken } from './read-token.ts'

/**
 * Token of the application default credentials of Google: the file of
 * GOOGLE_APPLICATION_CREDENTIALS, that of `gcloud auth application-default login`, else the service
 * account of the machine; undefined without any. Rejects with a `CloudError` when one of them is
 * broken.
 */
export async function findGoogleToken(search: IdentitySearch): Promise<GoogleToken | undefined> {
  const { GOOGLE_APPLICATION_CREDENTIALS: named, CLOUDSDK_CONFIG: config } = search.env
  if (named) return fileToken(named, 'GOOGLE_APPLICATION_CREDENTIALS', search)
  const known = join(
    config || join(homeDirectory(search.env), '.config/gcloud'),
    'application_default_credentials.json',
  )
  return existsSync(known) ? fileToken(known, known, search) : machineToken(search)
}

const tokenPath = '/computeMetadata/v1/instance/service-accounts/default/token'

/** Of the metadata server: Compute Engine, GKE, Cloud Run, Cloud Build. */
async function machineToken(search: IdentitySearch): Promise<GoogleToken | undefined> {
  const { GCE_METADATA_HOST: named, NO_GCE_CHECK: unchecked } = search.env
  if (unchecked?.toLowerCase() === 'true') return undefined
  if (!named && !(await mayBeMachineOf('google'))) return undefined
  const base = named ? (/^https?:\/\//.test(named) ? named : `http://${named}`) : 'http://169.254.169.254'
  const url = new URL(tokenPath, base)
  const headers = { 'metadata-flavor': 'Google' }
  const response = await firstAnswer(search, { method: 'GET', url, headers })
  // Another cloud, or a network that answers everything.
  if (response === undefined || response.headers.get('metadata-flavor') !== 'Google') return undefined
  // A machine without a service account.
  if (response.status === 404) return undefined
  return readToken(response, 'service account of the machine')
}
