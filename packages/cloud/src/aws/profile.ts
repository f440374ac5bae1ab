import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'
import type { Environment } from '@tsbuild/registry'
import { CloudError } from '../http/cloud-error.ts'
import type { IdentitySearch } from '../http/identity-search.ts'
import type { FoundKeys } from './found-keys.ts'
import { readCredentialFile } from '../http/read-credential-file.ts'
import { assumeRole } from './sts.ts'
import { roleOfToken } from './web-identity.ts'

/** Settings of a profile. */
type Profile = Readonly<Record<string, string>>

/**
 * The profile AWS_PROFILE, else `default`, of AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE;
 * undefined if it is in neither file.
 */
export async function readProfile(env: Environment, name?: string): Promise<Profile | undefined> {
  const profile = name ?? env['AWS_PROFILE'] ?? 'default'
  const home = homeDirectory(env)
  const config = sections(await readIfThere(env['AWS_CONFIG_FILE'] || join(home, '.aws/config')))
  const shared = sections(await readIfThere(env['AWS_SHARED_CREDENTIALS_FILE'] || join(home, '.aws/credentials')))
  const parts = [config.get(`profile ${profile}`), profile === 'default' ? config.get(profile) : undefined]
  const found = [...parts, shared.get(profile)].filter((part) => part !== undefined)
  return found.length === 0 ? undefined : Object.assign({}, ...found)
}

/** Keys of the profile: its own, or those of a role. */
export async function profileKeys(search: IdentitySearch): Promise<FoundKeys | undefined> {
  const { env } = search
  const profile = await readProfile(env)
  if (profile === undefined) {
    if (!env['AWS_PROFILE']) return undefined
    throw new CloudError('CLOUD_CREDENTIALS', `no profile "${env['AWS_PROFILE']}" in the files of AWS`)
  }
  const { role_arn: role, web_identity_token_file: file, source_profile: source } = profile
  if (role && file) return roleOfToken({ role, file, session: profile['role_session_name'] }, search)
  if (role && source) {
    const keys = staticKeys((await readProfile(env, source)) ?? {})
    if (keys === undefined) throw new CloudError('CLOUD_CREDENTIALS', `profile "${source}" has no access key`)
    return assumeRole({ role, session: profile['role_session_name'] }, keys, { search, region: profile['region'] })
  }
  const keys = staticKeys(profile)
  if (keys !== undefined) return keys
  const foreign = ['credential_process', 'sso_session', 'sso_start_url', 'credential_source'].find(
    (key) => profile[key],
  )
  if (foreign === undefined) return undefined
  throw new CloudError('CLOUD_CREDENTIALS', `"${foreign}" of an AWS profile is not supported`, {
    hint: 'run: eval "$(aws configure export-credentials --format env)"',
  })
}

function staticKeys(profile: Profile): FoundKeys | undefined {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, aws_session_token: token } = profile
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) }
}

async function readIfThere(path: string): Promise<string> {
  return existsSync(path) ? readCredentialFile(path) : ''
}

/** `[name]` and below it `key = value`; indented lines belong to settings of other tools. */
function sections(text: string): ReadonlyMap<string, Profile> {
  const all = new Map<string, Record<string, string>>()
  let current: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const [, title] = /^\[\s*([^\]]+?)\s*\]/.exec(line) ?? []
    const [, key, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (title !== undefined) all.set(title.replace(/\s+/g, ' '), (current = Object.create(null)))
    else if (key !== undefined && value !== undefined) current[key] = value
  }
  return all
}
