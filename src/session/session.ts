import { availableParallelism } from 'node:os'
import type { Dockerfile } from '@tsbuild/dockerfile'
import { isShared } from '../cache/options/cache-options.ts'
import { localClaims } from '../cache/claims/local-claims.ts'
import { localMemory } from '../cache/local/local-memory.ts'
import type { BaseImageResolver } from '../frontend/plan/base-image.ts'
import { lower } from '../frontend/lower-dockerfile.ts'
import type { LoweredTarget } from '../frontend/state/lowered.ts'
import { parseFile } from '../frontend/parse-file.ts'
import { proxyEnv } from '../frontend/proxy-env.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { executors } from '../op/executors.ts'
import { deviceFinder } from '../op/run/run-devices.ts'
import type { BuildRequest } from '../build-request.ts'
import type { CacheDirectory } from '../mounts/cache-directory.ts'
import type { Reporter } from '../progress/event.ts'
import type { RemoteRunner } from '../remote/remote-runner.ts'
import { type ReapiConnections, reapiConnections } from '../reapi/connections.ts'
import type { RootfsProvider } from '../rootfs/protocol/provider.ts'
import type { OpExecutors } from '../solve/executor.ts'
import type { StepClaims } from '../solve/step-claims.ts'
import type { StepMemory } from '../solve/step-memory.ts'
import type { OpenedContexts } from '../context/contexts.ts'
import type { ImageSources } from '../op/images/image-sources.ts'
import { type Buckets, openBuckets } from './caches/buckets.ts'
import { cachePatience } from './caches/cache-patience.ts'
import { type BuildCaches, openCaches } from './caches/caches.ts'
import { type BuildInputs, openInputs, openRegistries } from './inputs.ts'
import { openGuard, type TargetGuard } from './open-guard.ts'
import { readCacheKey } from './secrets.ts'
import type { CachesAndClaims, SharingParts } from './caches/share-steps.ts'
import { openWorkers, withWorkers } from './workers.ts'
import { withSource } from './with-source.ts'

/**
 * Everything that building and planning have in common: the parts, made and introduced to each
 * other, and what the Dockerfile means.
 */
export interface Session extends AsyncDisposable, BuildCaches {
  readonly store: LayerStore
  readonly images: ImageSources
  readonly resolver: BaseImageResolver
  readonly executors: OpExecutors
  /** Runs processes; made by the first call. */
  provider(): Promise<RootfsProvider>
  /** Registries of caches. */
  readonly cacheImages: ImageSources
  /** Servers of the Remote Execution API. */
  readonly servers: ReapiConnections
  /** Object stores of caches. */
  readonly buckets: Buckets
  /** HMAC key of cache records. */
  readonly cacheKey?: Uint8Array
  readonly memory: StepMemory
  readonly claims: StepClaims
  readonly dockerfile: Dockerfile
  /** Targets, one for each platform, in the requested order. */
  readonly targets: readonly LoweredTarget[]
  readonly epoch?: number
  /** Contexts and Dockerfile of the caller. */
  readonly contexts: OpenedContexts
  /** The main context, where it is a directory of the caller. */
  readonly directory?: string
  /** Bytes of a secret of the caller, by id. */
  secret(id: string): Promise<Uint8Array | undefined>
  /** Keeps secrets of the caller out of what leaves this machine. */
  readonly guard: TargetGuard
  readonly signal: AbortSignal
  readonly report: Reporter
}

/** Opens what the options name, and lowers the Dockerfile for every platform. */
export async function openSession(options: BuildRequest): Promise<Session> {
  await using cleanup = new AsyncDisposableStack()
  const { store, images, contexts, access, remote, resolver, signal, report, lowerOptions } = cleanup.use(
    await openInputs(options),
  )
  const source = contexts.dockerfile
  const { dockerfile, wanted, targets } = await withSource(source, () =>
    lowerTargets(source, { resolver, lowerOptions }),
  )
  const provider = rootfsProvider(options, { store, report }, cleanup)
  const epoch = wanted[0]?.epoch
  const main = contexts.local.get('context')
  // Only the end of a cache is a warning, not its retries.
  const cacheImages = cleanup.use(openRegistries({ ...options, report: () => {} }, { patience: cachePatience }))
  const buckets = cleanup.use(openBuckets(options))
  const servers = cleanup.use(reapiConnections(signal))
  const cacheKey = options.cacheKey && (await readCacheKey(options.cacheKey, options.env))
  // For what is opened while steps run.
  const late = cleanup.use(new AsyncDisposableStack())
  const workers = await openWorkers(options, { store, servers })
  const table = openExecutors(options, {
    ...{ store, images, contexts, access, remote, provider, workers },
    openCache: (mount) => caches.mounts.open(mount),
  })
  const guard = openGuard({ store, secret: access.secret, signal }, options)
  const parts = {
    store,
    guard,
    images: cacheImages,
    buckets,
    servers,
    executors: table,
    provider,
    targets,
    report,
    signal,
  }
  const alone = { ...openCaches(options, cacheKey, parts), claims: cleanup.use(localClaims(store)) }
  const caches = withWorkers(await withMachines(options, alone, { ...parts, key: cacheKey, late }), workers, report)
  const kept = cleanup.move()
  return {
    ...parts,
    images,
    cacheImages,
    resolver,
    ...caches,
    memory: localMemory(store, source.path ?? source.name),
    dockerfile,
    contexts,
    secret: access.secret,
    ...(cacheKey !== undefined && { cacheKey }),
    ...(epoch !== undefined && { epoch }),
    ...(main && 'directory' in main && { directory: main.directory }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function lowerTargets(
  source: OpenedContexts['dockerfile'],
  { resolver, lowerOptions }: Pick<BuildInputs, 'resolver' | 'lowerOptions'>,
): Promise<Pick<Session, 'dockerfile' | 'targets'> & { readonly wanted: Awaited<ReturnType<typeof lowerOptions>> }> {
  const dockerfile = parseFile(source)
  const wanted = await lowerOptions(dockerfile)
  return { dockerfile, wanted, targets: await Promise.all(wanted.map((target) => lower(dockerfile, target, resolver))) }
}

/** Loaded late: few builds share their steps. */
async function withMachines(
  options: BuildRequest,
  alone: CachesAndClaims,
  parts: Omit<SharingParts, 'options'>,
): Promise<CachesAndClaims> {
  const target = options.cacheTo?.find(isShared)
  if (target === undefined) return alone
  return (await import('./caches/share-steps.ts')).shareSteps(target, alone, { ...parts, options })
}

function openExecutors(
  options: BuildRequest,
  {
    store,
    images,
    contexts,
    access,
    remote,
    provider,
    workers,
    openCache,
  }: Pick<BuildInputs, 'store' | 'images' | 'contexts' | 'access' | 'remote'> & {
    readonly provider: () => Promise<RootfsProvider>
    readonly workers: RemoteRunner | undefined
    readonly openCache: (mount: CacheDirectory) => Promise<void>
  },
): OpExecutors {
  return executors({
    store,
    contexts: contexts.local,
    ...access,
    git: remote.git,
    http: remote.http,
    imageSource: (place) => images.origin(place),
    cacheMounts: store.paths.cacheMounts,
    openCache,
    provider,
    ...(workers && { remote: workers }),
    volumes: options.volumes,
    givenDevices: options.devices ?? [],
    devices: deviceFinder({
      allow: options.allow ?? [],
      given: options.devices ?? [],
      ...(options.cdiDirectories !== undefined && { directories: options.cdiDirectories }),
    }),
    proxyEnv: proxyEnv(options.args ?? {}),
    concurrency: options.jobs ?? Math.max(4, 2 * availableParallelism()),
  })
}

/**
 * Makes the rootfs provider when the first RUN asks for it, and loads what that takes only then; it
 * is disposed with the session.
 */
function rootfsProvider(
  { isolation, limits }: BuildRequest,
  { store, report }: { readonly store: LayerStore; readonly report: Reporter },
  cleanup: AsyncDisposableStack,
): () => Promise<RootfsProvider> {
  const resources = cleanup.use(new AsyncDisposableStack())
  let made: Promise<RootfsProvider> | undefined
  cleanup.defer(async () => void (await made?.catch(() => undefined)))
  const open = async (): Promise<RootfsProvider> => {
    const { selectRung } = await import('../rootfs/select-rung.ts')
    // Before the agent starts, which would stand in the way of the group.
    const opened = limits && resources.use(await (await import('../rootfs/open-limits.ts')).openLimits(limits, report))
    const rung = await selectRung({
      store,
      limitedTo: opened?.limitedTo,
      ...(isolation !== undefined && { isolation }),
    })
    return resources.use(await rung.open())
  }
  return () => (made ??= open())
}
