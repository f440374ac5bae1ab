import { formatReference, parseReference, withDefaultTag } from '@tsbuild/oci'
import { ambientLogins } from '../caller-keychain.ts'
import { type Environment, explainRoute, findAlias, type RouteReport } from '@tsbuild/registry'

/** Hosts for pulls and pushes of a reference, and their answers. */
export interface ReferenceReport extends RouteReport {
  /** The whole name, with registry and tag or digest. */
  readonly reference: string
  /**
   * A pull gets an answer: from a mirror that has the image, or from the registry, which may lack
   * it.
   */
  readonly works: boolean
  /** The name that podman reads for this short one, by a file that tsbuild does not use. */
  readonly ignoredAlias?: { readonly name: string; readonly file: string }
}

/** Reference to explain. */
export interface ExplainReferenceOptions {
  /** As a user types it. */
  readonly reference: string
  /** The registry may use plain HTTP or any certificate. */
  readonly insecure: boolean
  /** Variables with proxies, files and directories. */
  readonly env: Environment
  readonly signal: AbortSignal
}

/**
 * Explains a reference and asks its hosts, each for at most 5 seconds. Rejects with
 * `REGISTRY_CONFIG_INVALID` for a broken file of settings.
 */
export async function explainReference({
  reference: text,
  insecure,
  env,
  signal,
}: ExplainReferenceOptions): Promise<ReferenceReport> {
  const name = withDefaultTag(parseReference(text))
  const { registry, repository, tag, digest } = name
  const reference = digest ?? tag ?? 'latest'
  const route = await explainRoute(
    { registry, repository, reference },
    { env, insecure: insecure ? [registry] : [], ambient: await ambientLogins(env, signal), signal },
  )
  const works = route.hosts.some(
    ({ asked, role, answer }) => asked && answer.works && (answer.hasImage === true || role === 'registry'),
  )
  const ignoredAlias = await findAlias(text, env)
  return { reference: formatReference(name), works, ...route, ...(ignoredAlias && { ignoredAlias }) }
}
