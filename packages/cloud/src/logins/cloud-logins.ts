import {
  canonicalRegistry,
  createHttpClient,
  type Environment,
  type Fetch,
  type FoundCredential,
} from '@tsbuild/registry'
import { CloudError } from '../http/cloud-error.ts'
import { acr } from './acr.ts'
import { ecr } from './ecr.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { google } from './google.ts'
import type { LoginFlow } from './login-flow.ts'

const flows: readonly LoginFlow[] = [ecr, google, acr, github, gitlab]

export interface CloudLoginOptions {
  /** Variables of the clouds and of CI services, and TSBUILD_CLOUD_LOGIN. */
  readonly env: Environment
  /** Ends every request. */
  readonly signal?: AbortSignal
  /** Replaces the connections. */
  readonly fetch?: Fetch
}

/** Time for all requests of one login, in milliseconds. */
const patience = 10_000
/** A login is renewed so long before it expires, in milliseconds. */
const margin = 60_000

/**
 * Finds logins at registries of clouds with the identity of this machine: Amazon ECR, Google
 * Artifact Registry, Azure Container Registry, and the registries of GitHub and GitLab in their
 * jobs. A host must match the documented names of its provider exactly. Requests nothing for
 * others. Each login is kept until shortly before it expires. Rejects with a `CloudError`, or a
 * `RegistryError` of the network.
 */
export function cloudLogins(options: CloudLoginOptions): (registry: string) => Promise<FoundCredential | undefined> {
  const { env } = options
  const logins = new Map<string, Promise<FoundCredential | undefined>>()
  return async (registry) => {
    const host = canonicalRegistry(registry)
    const flow = isOn(env) ? flows.find(({ owns }) => owns(host, env)) : undefined
    if (flow === undefined) return undefined
    const kept = logins.get(host)
    const known = await kept?.catch(() => undefined)
    const expires = known?.credential.expires
    const isFresh = expires === undefined || expires - Date.now() > margin
    if (kept !== undefined && isFresh) return kept
    const renewed = logins.get(host)
    if (renewed !== undefined && renewed !== kept) return renewed
    const login = logIn(flow, host, options)
    logins.set(host, login)
    login.catch(() => logins.delete(host))
    return login
  }
}

/** Throws `CLOUD_CREDENTIALS` for a value of TSBUILD_CLOUD_LOGIN that is neither on nor off. */
function isOn({ TSBUILD_CLOUD_LOGIN: value = '' }: Environment): boolean {
  if (/^(on|true|1|)$/i.test(value)) return true
  if (/^(off|false|0)$/i.test(value)) return false
  throw new CloudError('CLOUD_CREDENTIALS', `TSBUILD_CLOUD_LOGIN is "${value}"; expected on or off`)
}

async function logIn(
  flow: LoginFlow,
  host: string,
  { env, signal, fetch }: CloudLoginOptions,
): Promise<FoundCredential | undefined> {
  const limit = AbortSignal.timeout(patience)
  // No redirects: a service of identities sends the proof that it got nowhere else.
  await using http = createHttpClient({
    env,
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    retry: { attempts: 3 },
    timeouts: { connect: 3000, idle: 5000 },
    ...(fetch && { fetch }),
  })
  try {
    const login = await flow.login(host, { env, http })
    if (login === undefined) return undefined
    const { credential, entry } = login
    return { credential: { ...credential, ambient: true }, entry, place: flow.name }
  } catch (error) {
    signal?.throwIfAborted()
    if (!limit.aborted) throw error
    const message = `log in at ${host} (${flow.name}): no answer within ${patience / 1000} s`
    throw new CloudError('CLOUD_FAILED', message, { cause: error })
  }
}
