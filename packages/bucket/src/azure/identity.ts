import type { Environment, HttpClient } from '@tsbuild/registry'
import { readCredentialFile } from '../aws/read-credential-file.ts'
import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { readText, toHttp } from '../store/object-request.ts'

/** Surroundings in which an identity is looked for. */
interface IdentitySearch {
  readonly env: Environment
  readonly http: Pick<HttpClient, 'fetch' | 'signal'>
}

const resource = 'https://storage.azure.com/'
/** Elsewhere than on Azure nothing answers; the wait for that, in milliseconds. */
const patience = 1000
/** A token is renewed so long before it expires, in milliseconds. */
const margin = 5 * 60_000

interface Token {
  readonly text: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/**
 * Tokens of Microsoft Entra for storage: of a workload identity or a service principal
 * (AZURE_TENANT_ID, AZURE_CLIENT_ID with AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET), else
 * of the managed identity of the machine. Rejects with `BUCKET_CREDENTIALS` without any.
 */
export function identityTokens(search: IdentitySearch): () => Promise<string> {
  let found: Promise<Token> | undefined
  return async () => {
    const known = await found?.catch(() => undefined)
    if (known !== undefined && known.expires - Date.now() < margin) found = undefined
    return (await (found ??= requestToken(search))).text
  }
}

async function requestToken(search: IdentitySearch): Promise<Token> {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = search.env
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_SECRET: secret } = search.env
  if (!tenant || !client || !(file || secret)) return machineToken(search)
  const proof = file
    ? {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: (await readCredentialFile(file)).trim(),
      }
    : { client_secret: secret ?? '' }
  const fields = { grant_type: 'client_credentials', client_id: client, scope: `${resource}.default`, ...proof }
  const authority = search.env['AZURE_AUTHORITY_HOST'] || 'https://login.microsoftonline.com/'
  return readToken(search, {
    method: 'POST',
    url: new URL(`${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(fields).toString()),
  })
}

/** Of the metadata service of a virtual machine, or that of App Service. */
async function machineToken(search: IdentitySearch): Promise<Token> {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header, AZURE_CLIENT_ID: client } = search.env
  const isApp = Boolean(endpoint && header)
  const url = new URL(isApp ? (endpoint ?? '') : 'http://169.254.169.254/metadata/identity/oauth2/token')
  url.searchParams.set('api-version', isApp ? '2019-08-01' : '2018-02-01')
  url.searchParams.set('resource', resource)
  if (client) url.searchParams.set('client_id', client)
  const headers = isApp ? { 'x-identity-header': header ?? '' } : { metadata: 'true' }
  const signal = AbortSignal.any([search.http.signal, AbortSignal.timeout(patience)])
  try {
    return await readToken(search, { method: 'GET', url, headers, signal })
  } catch (cause) {
    search.http.signal.throwIfAborted()
    throw new BucketError('BUCKET_CREDENTIALS', 'no Azure credentials', {
      hint: 'set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_KEY, or AZURE_CLIENT_ID and its kin',
      cause,
    })
  }
}

async function readToken({ http }: IdentitySearch, request: Parameters<typeof toHttp>[0]): Promise<Token> {
  const response = await http.fetch(toHttp({ ...request, signal: request.signal ?? http.signal }))
  if (response.status !== 200) throw await errorFrom(response, 'request a token of Azure')
  const answer: ReadonlyMap<string, unknown> = new Map(Object.entries(Object(parse(await readText(response)))))
  const [text, seconds] = [answer.get('access_token'), Number(answer.get('expires_in') ?? 3600)]
  if (typeof text !== 'string' || !/^[\w.~+/=-]+$/.test(text))
    throw new BucketError('BUCKET_CREDENTIALS', 'the answer of Azure has no token')
  return { text, expires: Date.now() + seconds * 1000 }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
