import { CloudError, errorFrom } from '../http/cloud-error.ts'
import { readText, toHttp } from '../http/service-request.ts'
import { memberOf } from './xml.ts'
import { type AwsKeys, sha256, signV4 } from './sign-v4.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import type { FoundKeys } from './found-keys.ts'

/** The role to take. */
export interface Role {
  readonly role: string
  /** Name in the logs of AWS. Default: `tsbuild`. */
  readonly session: string | undefined
}

/** Keys of a role, for other keys. */
export async function assumeRole(
  { role, session }: Role,
  keys: AwsKeys,
  { search, region }: { readonly search: IdentitySearch; readonly region: string | undefined },
): Promise<FoundKeys> {
  return call({ Action: 'AssumeRole', RoleArn: role, RoleSessionName: session || 'tsbuild' }, { search, keys, region })
}

/** Keys of a role, for a token of an identity provider. */
export async function assumeRoleWithToken(
  { role, session }: Role,
  token: string,
  search: IdentitySearch,
): Promise<FoundKeys> {
  const request = { Action: 'AssumeRoleWithWebIdentity', RoleArn: role, RoleSessionName: session || 'tsbuild' }
  return call({ ...request, WebIdentityToken: token }, { search })
}

async function call(
  fields: Readonly<Record<string, string>> & { readonly Action: string },
  {
    search,
    keys,
    ...given
  }: { readonly search: IdentitySearch; readonly keys?: AwsKeys; readonly region?: string | undefined },
): Promise<FoundKeys> {
  const { env, http } = search
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || given.region || 'us-east-1'
  const suffix = region.startsWith('cn-') ? '.cn' : ''
  const url = new URL(
    env['AWS_ENDPOINT_URL_STS'] || env['AWS_ENDPOINT_URL'] || `https://sts.${region}.amazonaws.com${suffix}/`,
  )
  const body = Buffer.from(new URLSearchParams({ Version: '2011-06-15', ...fields }).toString())
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const request = { method: 'POST', url, headers, payload: sha256(body) } as const
  const scope = { region, service: 'sts', time: new Date() } as const
  const sent = keys === undefined ? headers : signV4(request, { ...scope, keys })
  const response = await http.fetch(toHttp({ method: 'POST', url, headers: sent, body, signal: http.signal }))
  if (response.status !== 200) throw await errorFrom(response, `take the AWS role (${fields.Action})`)
  return readKeys(await readText(response))
}

function readKeys(xml: string): FoundKeys {
  const [accessKeyId, secretAccessKey] = [memberOf(xml, 'AccessKeyId'), memberOf(xml, 'SecretAccessKey')]
  const [sessionToken, expiration] = [memberOf(xml, 'SessionToken'), memberOf(xml, 'Expiration')]
  const expires = Date.parse(expiration ?? '')
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
    throw new CloudError('CLOUD_CREDENTIALS', 'the answer of AWS STS has no keys')
  return { accessKeyId, secretAccessKey, sessionToken, ...(!Number.isNaN(expires) && { expires }) }
}
