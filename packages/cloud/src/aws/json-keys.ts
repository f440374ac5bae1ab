import { CloudError } from '../http/cloud-error.ts'
import { parseMembers } from '../http/parse-json.ts'
import type { FoundKeys } from './found-keys.ts'

/** Keys of the documents of metadata services. Throws `CLOUD_CREDENTIALS` for other documents. */
export function readJsonKeys(text: string): FoundKeys {
  const members = parseMembers(text)
  const [id, secret, token] = ['AccessKeyId', 'SecretAccessKey', 'Token'].map((name) => members.get(name))
  if (typeof id !== 'string' || typeof secret !== 'string' || typeof token !== 'string')
    throw new CloudError('CLOUD_CREDENTIALS', 'a metadata service answered without AWS keys')
  const expires = Date.parse(String(members.get('Expiration')))
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    sessionToken: token,
    ...(!Number.isNaN(expires) && { expires }),
  }
}
