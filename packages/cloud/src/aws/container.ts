import { CloudError, errorFrom } from '../http/cloud-error.ts'
import { readText, toHttp } from '../http/service-request.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import type { FoundKeys } from './found-keys.ts'
import { readJsonKeys } from './json-keys.ts'
import { readCredentialFile } from '../http/read-credential-file.ts'

/** Addresses of ECS and EKS that answer without TLS, besides loopback. */
const plainHosts: ReadonlySet<string> = new Set(['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]'])

/** Keys of the container: ECS, EKS Pod Identity. */
export async function containerKeys({ env, http }: IdentitySearch): Promise<FoundKeys | undefined> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = env
  if (!relative && !full) return undefined
  const url = new URL(relative ? `http://169.254.170.2${relative}` : (full ?? ''))
  const isLoopback =
    url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname)
  // A token must not go to another host in the clear.
  if (url.protocol !== 'https:' && !isLoopback && !plainHosts.has(url.hostname))
    throw new CloudError('CLOUD_CREDENTIALS', `AWS_CONTAINER_CREDENTIALS_FULL_URI names ${url.host} without https`)
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const token = file ? (await readCredentialFile(file)).trim() : env['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  const headers = token ? { authorization: token } : {}
  const response = await http.fetch(toHttp({ method: 'GET', url, headers, signal: http.signal }))
  if (response.status !== 200) throw await errorFrom(response, 'read the AWS credentials of the container')
  return readJsonKeys(await readText(response))
}
