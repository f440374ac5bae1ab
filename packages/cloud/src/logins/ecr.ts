import { lookForKeys } from '../aws/find-keys.ts'
import { type AwsKeys, sha256, signV4 } from '../aws/sign-v4.ts'
import { CloudError, errorFrom } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { parseMembers } from '../http/parse-json.ts'
import { readText, toHttp } from '../http/service-request.ts'
import type { CloudLogin, LoginFlow } from './login-flow.ts'

/** Hosts of private registries, also dual-stack and FIPS (user guide of ECR, Private registry). */
const privateHost =
  /^\d{12}\.dkr(?:\.ecr(?<fips>-fips)?|-ecr(?<dualFips>-fips)?)\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.(?<domain>amazonaws\.com|amazonaws\.com\.cn|on\.aws|on\.amazonwebservices\.com\.cn)$/

const publicHost = 'public.ecr.aws'

/** Amazon ECR: GetAuthorizationToken, signed with the keys of this machine. */
export const ecr: LoginFlow = {
  name: 'Amazon ECR',
  owns: (host) => host === publicHost || privateHost.test(host),
  login: async (host, search) => {
    const found = await lookForKeys(search)
    if (found === undefined) return undefined
    const { password, expires } = await authorizationToken(serviceOf(host, search.env), found.keys, search)
    const credential = { kind: 'basic', username: 'AWS', password, expires } as const
    return { credential, entry: found.place } satisfies CloudLogin
  },
}

/** One of the two APIs with the operation GetAuthorizationToken. */
interface TokenService {
  readonly url: URL
  readonly region: string
  readonly service: 'ecr' | 'ecr-public'
  readonly target: string
}

function serviceOf(host: string, env: IdentitySearch['env']): TokenService {
  const common = env['AWS_ENDPOINT_URL']
  if (host === publicHost) {
    const base = env['AWS_ENDPOINT_URL_ECR_PUBLIC'] || common || 'https://api.ecr-public.us-east-1.amazonaws.com'
    const target = 'SpencerFrontendService.GetAuthorizationToken'
    return { url: new URL(base), region: 'us-east-1', service: 'ecr-public', target }
  }
  const groups = privateHost.exec(host)?.groups
  const region = groups?.['region'] ?? ''
  const isFips = Boolean(groups?.['fips'] ?? groups?.['dualFips'])
  const base = env['AWS_ENDPOINT_URL_ECR'] || common || `https://${apiHost(region, isFips)}`
  const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken'
  return { url: new URL(base), region, service: 'ecr', target }
}

function apiHost(region: string, isFips: boolean): string {
  const suffix = region.startsWith('cn-') ? '.cn' : ''
  return `${isFips ? 'ecr-fips' : 'api.ecr'}.${region}.amazonaws.com${suffix}`
}

async function authorizationToken(
  { url, target, ...scope }: TokenService,
  keys: AwsKeys,
  { http }: IdentitySearch,
): Promise<{ readonly password: string; readonly expires: number }> {
  const body = Buffer.from('{}')
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  const request = { method: 'POST', url, headers, payload: sha256(body) } as const
  const signed = signV4(request, { ...scope, keys, time: new Date() })
  const response = await http.fetch(toHttp({ method: 'POST', url, headers: signed, body, signal: http.signal }))
  if (response.status !== 200) throw await errorFrom(response, 'request a token of Amazon ECR')
  return readAnswer(await readText(response))
}

/** The private API answers with a list of one, the public one with the object. */
function readAnswer(text: string): { readonly password: string; readonly expires: number } {
  const data: unknown = [parseMembers(text).get('authorizationData')].flat()[0]
  const { authorizationToken: token, expiresAt }: Readonly<Record<string, unknown>> = { ...Object(data) }
  const [, password] = /^AWS:([\x21-\x7e]+)$/.exec(Buffer.from(String(token), 'base64').toString()) ?? []
  if (password === undefined) throw new CloudError('CLOUD_FAILED', 'the answer of Amazon ECR has no token')
  const expires = typeof expiresAt === 'number' ? expiresAt * 1000 : Date.parse(String(expiresAt))
  return { password, expires: Number.isFinite(expires) ? expires : Date.now() + hours * 3_600_000 }
}

/** Lifetime of a token of ECR. */
const hours = 12
