import { errorFrom, CloudError } from '../http/cloud-error.ts'
import { firstAnswer } from '../http/first-answer.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { mayBeMachineOf } from '../http/machine-vendor.ts'
import { parseMembers } from '../http/parse-json.ts'
import { readCredentialFile } from '../http/read-credential-file.ts'
import { readText, toHttp } from '../http/service-request.ts'
import type { HttpResponse } from '@tsbuild/registry'

/** A token is renewed so long before it expires, in milliseconds. */
const margin = 5 * 60_000

/** An access token of Microsoft Entra. */
export interface EntraToken {
  readonly text: string
  /** Milliseconds since 1970. */
  readonly expires: number
  /** `AZURE_FEDERATED_TOKEN_FILE`, `managed identity of the machine`. */
  readonly place: string
}

/** Audience of a token, and the cloud that issues it. */
export interface EntraAudience {
  /** Such as `https://storage.azure.com`. */
  readonly resource: string
  /** Used unless AZURE_AUTHORITY_HOST names another. Default: that of the public cloud. */
  readonly authority?: string
}

/**
 * Tokens for one audience, renewed before they expire. Rejects with `CLOUD_CREDENTIALS` without an
 * identity.
 */
export function entraTokens(search: IdentitySearch, audience: EntraAudience): () => Promise<string> {
  let found: Promise<EntraToken> | undefined
  return async () => {
    const known = await found?.catch(() => undefined)
    if (known !== undefined && known.expires - Date.now() < margin) found = undefined
    return (await (found ??= requireToken(search, audience))).text
  }
}

async function requireToken(search: IdentitySearch, audience: EntraAudience): Promise<EntraToken> {
  const token = await findEntraToken(search, audience)
  if (token !== undefined) return token
  throw new CloudError('CLOUD_CREDENTIALS', 'no Azure credentials', {
    hint: 'set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_KEY, or AZURE_CLIENT_ID and its kin',
  })
}

/**
 * Token of a workload identity or a service principal (AZURE_TENANT_ID, AZURE_CLIENT_ID with
 * AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET), else of the managed identity of the machine;
 * undefined without any. Rejects with `CLOUD_FAILED` when Azure refuses.
 */
export async function findEntraToken(
  search: IdentitySearch,
  { resource, authority = 'https://login.microsoftonline.com/' }: EntraAudience,
): Promise<EntraToken | undefined> {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = search.env
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_SECRET: secret } = search.env
  if (!tenant || !client || !(file || secret)) return machineToken(search, resource)
  const proof = file
    ? {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: (await readCredentialFile(file)).trim(),
      }
    : { client_secret: secret ?? '' }
  const fields = { grant_type: 'client_credentials', client_id: client, scope: `${resource}/.default`, ...proof }
  const base = search.env['AZURE_AUTHORITY_HOST'] || authority
  // The variable may lack the scheme, as in the documents of the SDKs.
  const url = new URL(`${encodeURIComponent(tenant)}/oauth2/v2.0/token`, withSlash(base))
  const { http } = search
  const response = await http.fetch(
    toHttp({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams(fields).toString()),
      signal: http.signal,
    }),
  )
  return readToken(response, file ? 'AZURE_FEDERATED_TOKEN_FILE' : 'AZURE_CLIENT_SECRET')
}

function withSlash(base: string): string {
  const url = /^https?:\/\//.test(base) ? base : `https://${base}`
  return url.endsWith('/') ? url : `${url}/`
}

/** Of the metadata service of a virtual machine, or that of App Service. */
async function machineToken(search: IdentitySearch, resource: string): Promise<EntraToken | undefined> {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header, AZURE_CLIENT_ID: client } = search.env
  const { AZURE_POD_IDENTITY_AUTHORITY_HOST: named } = search.env
  const isApp = Boolean(endpoint && header)
  if (!isApp && !named && !(await mayBeMachineOf('azure'))) return undefined
  const machine = new URL('/metadata/identity/oauth2/token', named || 'http://169.254.169.254')
  const url = isApp ? new URL(endpoint ?? '') : machine
  url.searchParams.set('api-version', isApp ? '2019-08-01' : '2018-02-01')
  url.searchParams.set('resource', resource)
  if (client) url.searchParams.set('client_id', client)
  const headers: Readonly<Record<string, string>> = isApp ? { 'x-identity-header': header ?? '' } : { metadata: 'true' }
  const response = await firstAnswer(search, { method: 'GET', url, headers })
  return response && readToken(response, `managed identity of ${isApp ? 'the app' : 'the machine'}`)
}

async function readToken(response: HttpResponse, place: string): Promise<EntraToken> {
  if (response.status !== 200) throw await errorFrom(response, `request a token of Azure with ${place}`)
  const answer = parseMembers(await readText(response))
  const [text, seconds] = [answer.get('access_token'), Number(answer.get('expires_in') ?? 3600)]
  if (typeof text !== 'string' || !/^[\w.~+/=-]+$/.test(text))
    throw new CloudError('CLOUD_FAILED', 'the answer of Azure has no token')
  return { text, expires: Date.now() + (Number.isFinite(seconds) ? seconds : 0) * 1000, place }
}
