import { availableParallelism } from 'node:os'
import type { Bytes } from '@tsbuild/content'
import { type Dockerfile, type IgnoreMatcher, parseDockerfile } from '@tsbuild/dockerfile'
import { hostPlatform, parsePlatform, type Platform } from '@tsbuild/oci'
import { layeredView, type TreeView } from '@tsbuild/tree'
import { localCache } from '../cache/local-cache.ts'
import { sourceDateEpoch } from '../frontend/epoch.ts'
import { parseGitAddress } from '../frontend/git-url.ts'
import type { LowerOptions } from '../frontend/lower-options.ts'
import { lower } from '../frontend/lower.ts'
import type { LoweredTarget } from '../frontend/lowered.ts'
import { proxyEnv } from '../frontend/proxy-env.ts'
import { LayerStore } from '../layer/layer-store.ts'
import { takeLease } from '../layer/lease.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import { defaultRoot } from '../layer/store-paths.ts'
import { baseImages } from '../op/base-images.ts'
import { executors } from '../op/executors.ts'
import { gitExecutor } from '../op/git.ts'
import type { BuildOptions } from '../options.ts'
import type { Reporter } from '../progress/event.ts'
import type { RootfsProvider } from '../rootfs/provider.ts'
import type { CacheStore } from '../solve/cache-store.ts'
import type { OpExecutors, SolveContext } from '../solve/executor.ts'
import { openContexts } from './contexts.ts'
import { type ImageSources, imageSources } from './image-sources.ts'
import { secretReader } from './secrets.ts'
import { sshAgents } from './ssh-agents.ts'

/** Everything that building and planning have in common: the parts, made and introduced to each other, and what the Dockerfile means. */
export interface Session extends AsyncDisposable {
  readonly store: LayerStore
  readonly images: ImageSources
  readonly executors: OpExecutors
  readonly cache: CacheStore
  readonly dockerfile: Dockerfile
  /** One for each platform, in the order they were asked for. */
  readonly targets: readonly LoweredTarget[]
  readonly epoch?: number
  /** The ignore rules of the main context, where it is a directory with such a file. */
  readonly ignore?: IgnoreMatcher
  readonly signal: AbortSignal
  readonly report: Reporter
}

/** Opens the store, the contexts and the registries, and lowers the Dockerfile for every platform. */
export async function openSession(options: BuildOptions): Promise<Session> {
  const { report = () => {}, signal = new AbortController().signal } = options
  await using cleanup = new AsyncDisposableStack()
  const images = cleanup.use(imageSources({ insecureRegistries: options.insecureRegistries ?? [], signal }))
  const store = await LayerStore.open(options.root ?? defaultRoot(), (reference) => images.origin(reference))
  cleanup.use(await takeLease(store.paths))
  const secret = secretReader(options.secrets)
  const ssh = cleanup.use(sshAgents(options.ssh))
  const remote = { secret, sshSocket: (id: string) => ssh.socket(id), fetch }
  const contexts = await openContexts(options, contextTools(store, remote, { report, signal }))
  const dockerfile = parseDockerfile(contexts.dockerfile.text, { name: contexts.dockerfile.name })
  const buildPlatform = hostPlatform()
  const platforms = distinctPlatforms(options.platforms ?? [], buildPlatform)
  const args = options.args ?? {}
  const epoch = sourceDateEpoch(dockerfile, { platform: platforms[0] ?? buildPlatform, buildPlatform, args })
  const resolver = baseImages({ store, pull: options.pull ?? false, repository: (reference) => images.repository(reference) })
  const lowerOptions = (platform: Platform): LowerOptions => ({
    ...definedOptions(options),
    platform,
    platformRequested: (options.platforms ?? []).length > 0,
    buildPlatform,
    args,
    contexts: contexts.named,
    mainContext: contexts.main,
    allow: options.allow ?? [],
    ...(epoch === undefined ? {} : { epoch }),
  })
  const targets = await Promise.all(platforms.map((platform) => lower(dockerfile, lowerOptions(platform), resolver)))
  const provider = rootfsProvider(options.isolation, store, cleanup)
  const kept = cleanup.move()
  return {
    store,
    images,
    cache: localCache(store),
    dockerfile,
    targets,
    signal,
    report,
    ...(epoch === undefined ? {} : { epoch }),
    ...(contexts.ignore ? { ignore: contexts.ignore } : {}),
    executors: executors({
      store,
      contexts: contexts.local,
      ...remote,
      imageSource: (reference) => images.origin(reference),
      cacheMounts: store.paths.cacheMounts,
      provider,
      proxyEnv: proxyEnv(args),
      concurrency: Math.max(4, 2 * availableParallelism()),
    }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Makes the rootfs provider when the first RUN asks for it, and loads what that takes only then; it is disposed with the session. */
function rootfsProvider(isolation: string | undefined, store: LayerStore, cleanup: AsyncDisposableStack): () => Promise<RootfsProvider> {
  let made: Promise<RootfsProvider> | undefined
  cleanup.defer(async () => (await made?.catch(() => undefined))?.[Symbol.asyncDispose]())
  const open = async (): Promise<RootfsProvider> => {
    const { selectRung } = await import('../rootfs/select-rung.ts')
    const rung = await selectRung({ store, ...(isolation === undefined ? {} : { isolation }) })
    return rung.open()
  }
  return () => (made ??= open())
}

function contextTools(
  store: LayerStore,
  remote: Parameters<typeof gitExecutor>[1] & { readonly fetch: typeof fetch },
  { report, signal }: { readonly report: Reporter; readonly signal: AbortSignal },
): Parameters<typeof openContexts>[1] {
  return {
    git: async (url) => {
      const context: SolveContext = { vertex: 'context', signal, report, compression: { type: 'none' } }
      return snapshotView(await gitExecutor(store, remote).run(parseGitAddress(url), [], context))
    },
    download: async (url): Promise<Bytes> => {
      const response = await remote.fetch(url, { signal })
      if (!response.ok || response.body === null) throw new Error(`Cannot download the context: ${url} answered ${response.status}`)
      return response.body
    },
    tar: async (bytes): Promise<TreeView> => layeredView([await (await store.fromTar(bytes)).diff()]),
  }
}

function distinctPlatforms(wanted: readonly string[], host: Platform): readonly Platform[] {
  const parsed = wanted.map((text) => parsePlatform(text, host))
  const byName = new Map(parsed.map((platform) => [JSON.stringify([platform.os, platform.architecture, platform.variant]), platform]))
  return byName.size === 0 ? [host] : [...byName.values()]
}

/** What the caller said, without what was left out. */
function definedOptions({ target, labels, network, addHosts, shmSize, ulimits, args }: BuildOptions): Partial<LowerOptions> {
  const hostname = args?.['BUILDKIT_SANDBOX_HOSTNAME']
  return {
    ...(target === undefined ? {} : { target }),
    ...(labels === undefined ? {} : { labels }),
    ...(network === undefined ? {} : { network }),
    ...(addHosts === undefined ? {} : { addHosts }),
    ...(shmSize === undefined ? {} : { shmSize }),
    ...(ulimits === undefined ? {} : { ulimits }),
    ...(hostname === undefined ? {} : { hostname }),
  }
}
