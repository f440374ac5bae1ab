import { drain } from '@tsbuild/registry'
import { errorFrom } from '../http/cloud-error.ts'
import { firstAnswer } from '../http/first-answer.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { mayBeMachineOf } from '../http/machine-vendor.ts'
import { readText, toHttp } from '../http/service-request.ts'
import type { FoundKeys } from './found-keys.ts'
import { readJsonKeys } from './json-keys.ts'

/** Keys of the virtual machine (EC2, IMDSv2); undefined elsewhere. */
export async function machineKeys(search: IdentitySearch): Promise<FoundKeys | undefined> {
  const { env, http } = search
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined
  const named = env['AWS_EC2_METADATA_SERVICE_ENDPOINT']
  if (!named && !(await mayBeMachineOf('aws'))) return undefined
  const base = named || 'http://169.254.169.254'
  const token = await sessionToken(base, search)
  if (token === undefined) return undefined
  const read = async (path: string): Promise<string | undefined> => {
    const url = new URL(`/latest/meta-data/iam/security-credentials/${path}`, base)
    const headers = { 'x-aws-ec2-metadata-token': token }
    const response = await http.fetch(toHttp({ method: 'GET', url, headers, signal: http.signal }))
    if (response.status === 404) return drain(response).then(() => undefined)
    if (response.status !== 200) throw await errorFrom(response, 'read the AWS credentials of the machine')
    return readText(response)
  }
  const role = (await read(''))?.split('\n')[0]?.trim()
  const keys = role ? await read(encodeURIComponent(role)) : undefined
  return keys === undefined ? undefined : readJsonKeys(keys)
}

async function sessionToken(base: string, search: IdentitySearch): Promise<string | undefined> {
  const url = new URL('/latest/api/token', base)
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }
  const response = await firstAnswer(search, { method: 'PUT', url, headers })
  const token = response?.status === 200 ? (await readText(response)).trim() : ''
  // Anything else could not be a header.
  return /^[\x21-\x7e]+$/.test(token) ? token : undefined
}
