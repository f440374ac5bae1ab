import { drain } from '@tsbuild/registry'
import { errorFrom } from '../store/bucket-error.ts'
import { readText, toHttp } from '../store/object-request.ts'
import type { FoundKeys, KeySearch } from './key-search.ts'
import { readJsonKeys } from './json-keys.ts'

/** Elsewhere than on EC2 nothing answers; the wait for that, in milliseconds. */
const patience = 1000

/** Keys of the virtual machine (EC2, IMDSv2); undefined elsewhere. */
export async function machineKeys({ env, http }: KeySearch): Promise<FoundKeys | undefined> {
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined
  const base = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || 'http://169.254.169.254'
  const token = await sessionToken({ base, http })
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

async function sessionToken({ base, http }: Pick<KeySearch, 'http'> & { base: string }): Promise<string | undefined> {
  const url = new URL('/latest/api/token', base)
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }
  const signal = AbortSignal.any([http.signal, AbortSignal.timeout(patience)])
  try {
    const response = await http.fetch(toHttp({ method: 'PUT', url, headers, signal }))
    if (response.status === 200) return await readText(response)
    await drain(response)
  } catch {
    http.signal.throwIfAborted()
  }
  return undefined
}
