import { TsbuildError } from '@tsbuild/errors'
import { isDigest } from '@tsbuild/oci'
import { RegistryError } from '../errors.ts'
import { canonicalRegistry } from '../hosts.ts'
import type { Environment } from '../keychain/docker-config.ts'
import { credentialFinder } from '../keychain/docker-keychain.ts'
import type { FoundCredential, Keychain } from '../keychain/keychain.ts'
import { chooseProxy, proxySettings } from '../proxy-settings.ts'
import { redactUrl } from '../redact.ts'
import { findCertificates } from '../where/host-certificates.ts'
import type { MirrorHost, RegistryHost, Route } from '../where/registry-host.ts'
import { createRouter } from '../where/router.ts'
import { askHost, type HostAnswer } from './ask-host.ts'

/** Origin of a credential, without its secret. */
export interface CredentialReport {
  /** The file, the variable DOCKER_AUTH_CONFIG, or a cloud. Absent without a credential. */
  readonly place?: string
  /** `auths["registry.example"]`, the program of a helper, or the proof of an identity. */
  readonly entry?: string
  readonly kind?: 'password' | 'identity token'
  /** Reason why credentials cannot be read. */
  readonly error?: string
}

/** One host for a reference. */
export interface HostReport {
  /** With the port if there is one. */
  readonly host: string
  /** Root of the distribution API. */
  readonly url: string
  /** Repository on this host. */
  readonly repository: string
  readonly role: 'mirror' | 'registry'
  /** Requests that it gets; `digests-after-tag`: once it has resolved a tag of the repository. */
  readonly reads: readonly ('tags' | 'digests' | 'digests-after-tag')[]
  /** A pull of this reference begins at it, if the hosts before it lack the image or fail. */
  readonly asked: boolean
  readonly pushes: boolean
  readonly tls: {
    /** False: plain HTTP. */
    readonly used: boolean
    /** The certificate of the host is checked. */
    readonly verified: boolean
    /** Files with authorities and client certificates that apply to this host. */
    readonly files: readonly string[]
  }
  readonly proxy: {
    /** Without its login; absent for a direct connection. */
    readonly url?: string
    readonly reason: string
  }
  readonly credentials: CredentialReport
  readonly answer: HostAnswer
}

/** Hosts for a reference, and the file that names them. */
export interface RouteReport {
  /** Absent where no file describes the reference: its name decides. */
  readonly decidedBy?: { readonly file: string; readonly setting: string }
  /** Requests are forbidden; no host was asked. */
  readonly blocked: boolean
  /** In the order in which a pull asks them; the last is the one for pushes. */
  readonly hosts: readonly HostReport[]
}

export interface ExplainOptions {
  readonly env: Environment
  /** Hosts that may use plain HTTP or any certificate. */
  readonly insecure: readonly string[]
  /** Time for each host to answer, in milliseconds. Default 5000. */
  readonly patience?: number
  /** Identity of the machine, for hosts without a credential. */
  readonly ambient?: (registry: string) => Promise<FoundCredential | undefined>
  readonly signal: AbortSignal
}

/**
 * Finds the hosts for a tag or digest as a pull does, and asks each of them. Rejects with
 * `REGISTRY_CONFIG_INVALID` for a broken file.
 */
export async function explainRoute(
  name: { readonly registry: string; readonly repository: string; readonly reference: string },
  options: ExplainOptions,
): Promise<RouteReport> {
  const { env, insecure } = options
  const router = createRouter({ env, insecure, probe: true })
  const route = await router.find(name.registry, name.repository)
  const { decidedBy: file, setting = '', blocked } = route
  const explain = hostExplainer(name, options)
  return {
    ...(file !== undefined && { decidedBy: { file, setting } }),
    blocked,
    hosts: blocked ? [] : await Promise.all([...route.mirrors, route.origin].map((host) => explain(host, route))),
  }
}

function hostExplainer(
  name: Parameters<typeof explainRoute>[0],
  { env, insecure, patience = 5000, ambient = async () => undefined, signal }: ExplainOptions,
): (host: RegistryHost | MirrorHost, route: Route) => Promise<HostReport> {
  const find = credentialFinder(env)
  const isPinned = isDigest(name.reference)
  return async (host, route) => {
    const origin = await host.origin()
    const own = canonicalRegistry(host.host)
    const unverified = host.settings?.unverified === true
    // Kept: a helper is a program that may ask the user.
    const found = find(own, host.repository).then((one) => one ?? ambient(own))
    const keychain: Keychain = { credentialFor: async () => (await found)?.credential }
    const reads = readsOf(host)
    const [credentials, files, answer] = await Promise.all([
      reportCredential(found),
      origin.protocol === 'https:' ? listFiles(host, origin, env) : [],
      askHost(host, { ...name, env, insecure, keychain, patience, signal }),
    ])
    return {
      host: host.host,
      url: `${origin.origin}${host.apiRoot}/`,
      repository: host.repository,
      role: host === route.origin ? 'registry' : 'mirror',
      reads,
      asked: reads.includes(isPinned ? 'digests' : 'tags'),
      pushes: host === route.origin,
      tls: { used: origin.protocol === 'https:', verified: origin.protocol === 'https:' && !unverified, files },
      proxy: reportProxy(origin, env, unverified),
      credentials,
      answer,
    }
  }
}

function readsOf(host: RegistryHost | MirrorHost): HostReport['reads'] {
  if (!('tags' in host)) return ['tags', 'digests']
  const { tags, digests } = host
  return [
    ...(tags ? (['tags'] as const) : []),
    ...(digests === 'after-tag' ? (['digests-after-tag'] as const) : digests ? (['digests'] as const) : []),
  ]
}

async function reportCredential(found: Promise<FoundCredential | undefined>): Promise<CredentialReport> {
  try {
    const one = await found
    if (one === undefined) return {}
    const { credential, place, entry } = one
    return { place, entry, kind: credential.kind === 'basic' ? 'password' : 'identity token' }
  } catch (error) {
    if (error instanceof TsbuildError && error.category === 'network') return { error: error.message }
    throw error
  }
}

/** Files that cannot be used are the answer of the host. */
async function listFiles({ settings }: RegistryHost, origin: URL, env: Environment): Promise<readonly string[]> {
  try {
    const certificates = await (settings?.certificates?.() ?? findCertificates(origin.host, env))
    const extra = env['NODE_EXTRA_CA_CERTS']
    return [...new Set([...(certificates?.files ?? []), ...(extra ? [extra] : [])])]
  } catch (error) {
    if (error instanceof RegistryError) return []
    throw error
  }
}

function reportProxy(origin: URL, env: Environment, unverified: boolean): HostReport['proxy'] {
  if (unverified) return { reason: 'insecure registries are reached without a proxy' }
  const { proxy, reason } = chooseProxy(origin, proxySettings(env))
  if (proxy === undefined) return { reason }
  return { url: URL.canParse(proxy) ? redactUrl(new URL(proxy)) : 'not a URL', reason }
}
