import { BucketError } from '../store/bucket-error.ts'
import type { FoundKeys } from './key-search.ts'

/** Keys of the documents of metadata services. Throws `BUCKET_CREDENTIALS` for other documents. */
export function readJsonKeys(text: string): FoundKeys {
  const value: unknown = parse(text)
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(Object(value)))
  const [id, secret, token] = ['AccessKeyId', 'SecretAccessKey', 'Token'].map((name) => members.get(name))
  if (typeof id !== 'string' || typeof secret !== 'string' || typeof token !== 'string')
    throw new BucketError('BUCKET_CREDENTIALS', 'a metadata service answered without AWS keys')
  const expires = Date.parse(String(members.get('Expiration')))
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    sessionToken: token,
    ...(!Number.isNaN(expires) && { expires }),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
