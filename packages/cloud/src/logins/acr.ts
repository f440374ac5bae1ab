import { type EntraAudience, findEntraToken } from '../azure/entra-token.ts'
import { CloudError, errorFrom } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { parseMembers } from '../http/parse-json.ts'
import { readText, toHttp } from '../http/service-request.ts'
import type { LoginFlow } from './login-flow.ts'

/** Names have 5 to 50 letters and digits, and may have a hash behind a hyphen. */
const hosts = /^[a-z0-9]{5,50}(?:-[a-z0-9]{1,20})?\.azurecr\.(?<cloud>io|cn|us)$/

const audiences: Readonly<Record<string, EntraAudience>> = {
  io: { resource: 'https://containerregistry.azure.net' },
  cn: { resource: 'https://management.chinacloudapi.cn', authority: 'https://login.chinacloudapi.cn/' },
  us: { resource: 'https://management.usgovcloudapi.net', authority: 'https://login.microsoftonline.us/' },
}

/** Azure Container Registry: a token of Microsoft Entra is exchanged for a refresh token. */
export const acr: LoginFlow = {
  name: 'Azure Container Registry',
  owns: (host) => hosts.test(host),
  login: async (host, search) => {
    const audience = audiences[hosts.exec(host)?.groups?.['cloud'] ?? '']
    const entra = audience && (await findEntraToken(search, audience))
    if (entra === undefined) return undefined
    const token = await exchange(host, entra.text, search)
    return { credential: { kind: 'identity', token, expires: expiryOf(token) }, entry: entra.place }
  },
}

/** Azure/acr, docs/AAD-OAuth.md § Calling POST /oauth2/exchange to get an ACR refresh token. */
async function exchange(host: string, token: string, { env, http }: IdentitySearch): Promise<string> {
  const tenant = env['AZURE_TENANT_ID']
  const form = { grant_type: 'access_token', service: host, access_token: token, ...(tenant && { tenant }) }
  const response = await http.fetch(
    toHttp({
      method: 'POST',
      url: new URL('/oauth2/exchange', `https://${host}`),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams(form).toString()),
      signal: http.signal,
    }),
  )
  if (response.status !== 200) throw await errorFrom(response, `exchange a token of Azure at ${host}`)
  const refresh = parseMembers(await readText(response)).get('refresh_token')
  if (typeof refresh === 'string' && /^[\x21-\x7e]+$/.test(refresh)) return refresh
  throw new CloudError('CLOUD_FAILED', `the answer of ${host} has no token`)
}

/** The claim `exp` of a token (RFC 7519, 4.1.4), else an hour from now. */
function expiryOf(token: string): number {
  const claims = parseMembers(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const seconds = claims.get('exp')
  return typeof seconds === 'number' ? seconds * 1000 : Date.now() + 3_600_000
}
