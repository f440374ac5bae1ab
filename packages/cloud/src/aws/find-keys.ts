import { CloudError } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import { containerKeys } from './container.ts'
import type { FoundKeys } from './found-keys.ts'
import { machineKeys } from './machine.ts'
import { profileKeys } from './profile.ts'
import type { AwsKeys } from './sign-v4.ts'
import { webIdentityKeys } from './web-identity.ts'

/** A place where keys may be. */
interface KeySource {
  readonly name: (env: IdentitySearch['env']) => string
  /** Undefined where it is not configured. */
  readonly find: (search: IdentitySearch) => Promise<FoundKeys | undefined>
}

/** In the order of the SDKs of AWS. */
const sources: readonly KeySource[] = [
  { name: () => 'AWS_ACCESS_KEY_ID', find: environmentKeys },
  { name: () => 'AWS_WEB_IDENTITY_TOKEN_FILE', find: webIdentityKeys },
  { name: (env) => `profile "${env['AWS_PROFILE'] || 'default'}"`, find: profileKeys },
  { name: () => 'role of the container', find: containerKeys },
  { name: () => 'role of the virtual machine', find: machineKeys },
]

/** Keys are renewed so long before they expire, in milliseconds. */
const margin = 5 * 60_000

/**
 * Finds the keys of this machine: environment, web identity, profile, container, virtual machine.
 * They are looked for once, and again before they expire. Rejects with `CLOUD_CREDENTIALS` without
 * any.
 */
export function findKeys(search: IdentitySearch): () => Promise<AwsKeys> {
  let found: Promise<FoundKeys> | undefined
  return async () => {
    const known = await found?.catch(() => undefined)
    if (known?.expires !== undefined && known.expires - Date.now() < margin) found = undefined
    return (found ??= requireKeys(search))
  }
}

/** Keys, and the place where they were. */
export interface PlacedKeys {
  readonly keys: FoundKeys
  /** `AWS_ACCESS_KEY_ID`, `profile "ci"`. */
  readonly place: string
}

/** Looks for keys in all places; undefined without any. Rejects for a place that is broken. */
export async function lookForKeys(search: IdentitySearch): Promise<PlacedKeys | undefined> {
  for (const { name, find } of sources) {
    const keys = await find(search)
    if (keys !== undefined) return { keys, place: name(search.env) }
  }
  return undefined
}

async function requireKeys(search: IdentitySearch): Promise<FoundKeys> {
  const found = await lookForKeys(search)
  if (found !== undefined) return found.keys
  throw new CloudError('CLOUD_CREDENTIALS', 'no AWS credentials', {
    hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  })
}

async function environmentKeys({ env }: IdentitySearch): Promise<FoundKeys | undefined> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) }
}
