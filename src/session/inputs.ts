import type { Dockerfile } from '@tsbuild/dockerfile'
import { hostPlatform, parsePlatform, type Platform } from '@tsbuild/oci'
import type { BaseImageResolver } from '../frontend/plan/base-image.ts'
import { argsWithEpoch, sourceDateEpoch } from '../frontend/epoch.ts'
import type { LowerOptions } from '../frontend/plan/lower-options.ts'
import { LayerStore } from '../layer/layer-store.ts'
import { takeLease } from '../layer/disk/lease.ts'
import { reclaim } from '../layer/disk/reclaim.ts'
import { defaultRoot } from '../layer/disk/store-paths.ts'
import { baseImages } from '../op/images/base-images.ts'
import { callerKeychain } from '../caller-keychain.ts'
import type { BuildRequest } from '../build-request.ts'
import type { Reporter } from '../progress/event.ts'
import { type OpenedContexts, openContexts } from '../context/contexts.ts'
import { resolveEpoch } from '../context/epoch.ts'
import { type ImageSources, imageSources, type ImageSourcesOptions } from '../op/images/image-sources.ts'
import { retryPolicy } from '../op/images/retry-policy.ts'
import { fileEpoch } from './outputs.ts'
import { proxiedFetch } from '../op/http/proxied-fetch.ts'
import { type RemoteSources, remoteSources } from '../context/remote-sources.ts'
import { secretReader } from './secrets.ts'
import { sshAgents } from './ssh-agents.ts'

/** Secrets and agents of the caller, by id. */
export interface CallerAccess {
  secret(id: string): Promise<Uint8Array | undefined>
  sshSocket(id: string): Promise<string | undefined>
}

/** Opened inputs of a build, before the Dockerfile is parsed. */
export interface BuildInputs extends AsyncDisposable {
  readonly store: LayerStore
  readonly images: ImageSources
  readonly access: CallerAccess
  readonly remote: RemoteSources
  readonly contexts: OpenedContexts
  readonly resolver: BaseImageResolver
  readonly signal: AbortSignal
  readonly report: Reporter
  /** Options for lowering the Dockerfile, for each platform in the requested order. */
  lowerOptions(dockerfile: Dockerfile): Promise<readonly LowerOptions[]>
}

/** Opens the store, the contexts and the way to the registries. */
export async function openInputs(options: BuildRequest): Promise<BuildInputs> {
  const { report, signal, env } = options
  await using cleanup = new AsyncDisposableStack()
  const images = cleanup.use(openRegistries(options))
  const store = await LayerStore.open(options.root ?? defaultRoot(env), (place) => images.origin(place), { signal })
  cleanup.use(await takeLease(store.paths))
  for (const { path, owner, aside } of await reclaim(store.paths)) {
    const message = `"${path}" belonged to ${owner} and was replaced by a copy; remove "${aside}" as ${owner}`
    report({ type: 'warning', code: 'StoreOwner', message })
  }
  const secret = secretReader(options.secrets ?? {}, env)
  const ssh = cleanup.use(sshAgents(options.ssh ?? {}, env))
  const access = { secret, sshSocket: (id: string) => ssh.socket(id) }
  const { fetch } = cleanup.use(proxiedFetch(env))
  const remote = remoteSources(store, { ...access, fetch, env }, { report, signal })
  const contexts = await openContexts(options, remote)
  const resolver = baseImages({
    store,
    pull: options.pull ?? false,
    repository: (reference) => images.repository(reference),
  })
  const kept = cleanup.move()
  return {
    store,
    images,
    access,
    remote,
    contexts,
    resolver,
    signal,
    report,
    lowerOptions: (dockerfile) => lowerOptions(options, { contexts, remote }, dockerfile),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Registries with the credentials of the caller. */
export function openRegistries(
  { credentials, env, insecureRegistries = [], signal, report, retry }: BuildRequest,
  patience: Pick<ImageSourcesOptions, 'patience'> = {},
): ImageSources {
  const keychain = callerKeychain(credentials, { env, signal })
  const asked = retry && { patience: { retry: retryPolicy(retry) } }
  return imageSources({ keychain, env, insecureRegistries, signal, report, ...asked, ...patience })
}

async function lowerOptions(
  options: BuildRequest,
  { contexts, remote }: Pick<BuildInputs, 'contexts' | 'remote'>,
  dockerfile: Dockerfile,
): Promise<readonly LowerOptions[]> {
  const buildPlatform = hostPlatform()
  const platforms = distinctPlatforms(options.platforms ?? [], buildPlatform)
  const args = options.args ?? {}
  const named = { platform: platforms[0] ?? buildPlatform, buildPlatform, args, contexts: contexts.named }
  const epoch = await resolveEpoch(sourceDateEpoch(dockerfile, named), { contexts, remote })
  const latest = fileEpoch(options.outputs, epoch)
  return platforms.map((platform) => ({
    ...definedOptions(options),
    platform,
    platformRequested: (options.platforms ?? []).length > 0,
    buildPlatform,
    args: argsWithEpoch(args, epoch),
    contexts: contexts.named,
    mainContext: contexts.main,
    allow: options.allow ?? [],
    ...(epoch !== undefined && { epoch }),
    ...(latest !== undefined && { fileEpoch: latest }),
    ...(contexts.ignore && { ignore: contexts.ignore }),
    scan: (options.attestations ?? []).some(({ type }) => type === 'sbom'),
  }))
}

function distinctPlatforms(wanted: readonly string[], host: Platform): readonly Platform[] {
  const parsed = wanted.map((text) => parsePlatform(text, host))
  const byName = new Map(
    parsed.map((platform) => [JSON.stringify([platform.os, platform.architecture, platform.variant]), platform]),
  )
  return byName.size === 0 ? [host] : [...byName.values()]
}

/** Options that the caller gave, without absent ones. */
function definedOptions({
  target,
  labels,
  network,
  addHosts,
  shmSize,
  ulimits,
  args,
  advice,
  unsetLabels,
  imageEnv,
  unsetEnv,
  squash,
}: BuildRequest): Partial<LowerOptions> {
  const hostname = args?.['BUILDKIT_SANDBOX_HOSTNAME']
  return {
    ...(target !== undefined && { target }),
    ...(labels !== undefined && { labels }),
    ...(network !== undefined && { network }),
    addHosts,
    ...(shmSize !== undefined && { shmSize }),
    ulimits,
    ...(advice !== undefined && { advice }),
    ...(hostname !== undefined && { hostname }),
    ...(unsetLabels !== undefined && { unsetLabels }),
    ...(imageEnv !== undefined && { imageEnv }),
    ...(unsetEnv !== undefined && { unsetEnv }),
    ...(squash !== undefined && { squash }),
  }
}
