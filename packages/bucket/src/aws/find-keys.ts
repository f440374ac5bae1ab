import { BucketError } from '../store/bucket-error.ts'
import type { AwsKeys } from './sign-v4.ts'
import { containerKeys } from './container.ts'
import type { FoundKeys, KeySearch } from './key-search.ts'
import { machineKeys } from './machine.ts'
import { profileKeys } from './profile.ts'
import { webIdentityKeys } from './web-identity.ts'

/** A place where keys may be; undefined where it is not configured. */
type KeySource = (search: KeySearch) => Promise<FoundKeys | undefined>

/** In the order of the SDKs of AWS. */
const sources: readonly KeySource[] = [environmentKeys, webIdentityKeys, profileKeys, containerKeys, machineKeys]

/** Keys are renewed so long before they expire, in milliseconds. */
const margin = 5 * 60_000

/**
 * Finds the keys of this machine: environment, web identity, profile, container, virtual machine.
 * They are looked for once, and again before they expire. Rejects with `BUCKET_CREDENTIALS` without
 * any.
 */
export function findKeys(search: KeySearch): () => Promise<AwsKeys> {
  let found: Promise<FoundKeys> | undefined
  return async () => {
    const known = await found?.catch(() => undefined)
    if (known?.expires !== undefined && known.expires - Date.now() < margin) found = undefined
    return (found ??= firstKeys(search))
  }
}

async function firstKeys(search: KeySearch): Promise<FoundKeys> {
  for (const source of sources) {
    const keys = await source(search)
    if (keys !== undefined) return keys
  }
  throw new BucketError('BUCKET_CREDENTIALS', 'no AWS credentials', {
    hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  })
}

async function environmentKeys({ env }: KeySearch): Promise<FoundKeys | undefined> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) }
}
