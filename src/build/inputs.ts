import type { Bytes } from '@tsbuild/content'
import type { Dockerfile } from '@tsbuild/dockerfile'
import { hostPlatform, parsePlatform, type Platform } from '@tsbuild/oci'
import { layeredView, type TreeView } from '@tsbuild/tree'
import type { BaseImageResolver } from '../frontend/base-image.ts'
import { sourceDateEpoch } from '../frontend/epoch.ts'
import { parseGitAddress } from '../frontend/git-url.ts'
import type { LowerOptions } from '../frontend/lower-options.ts'
import { LayerStore } from '../layer/layer-store.ts'
import { takeLease } from '../layer/lease.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import { defaultRoot } from '../layer/store-paths.ts'
import { baseImages } from '../op/base-images.ts'
import { gitExecutor } from '../op/git.ts'
import type { BuildOptions } from '../options.ts'
import type { Reporter } from '../progress/event.ts'
import type { SolveContext } from '../solve/executor.ts'
import { type ContextTools, type OpenedContexts, openContexts } from './contexts.ts'
import { type ImageSources, imageSources } from './image-sources.ts'
import { keepsFileTimes } from './outputs.ts'
import { secretReader } from './secrets.ts'
import { sshAgents } from './ssh-agents.ts'

/** How remote sources are reached: credentials of the caller, and a way to download. */
export type RemoteAccess = Parameters<typeof gitExecutor>[1] & { readonly fetch: typeof fetch }

/** What the options of a build name, opened; nothing of the Dockerfile is understood yet. */
export interface BuildInputs extends AsyncDisposable {
  readonly store: LayerStore
  readonly images: ImageSources
  readonly remote: RemoteAccess
  readonly contexts: OpenedContexts
  readonly resolver: BaseImageResolver
  readonly signal: AbortSignal
  readonly report: Reporter
  /** What to lower the Dockerfile with, for each platform in the order they were asked for. */
  lowerOptions(dockerfile: Dockerfile): readonly LowerOptions[]
}

/** Opens the store, the contexts and the way to the registries. */
export async function openInputs(options: BuildOptions): Promise<BuildInputs> {
  const { report = () => {}, signal = new AbortController().signal } = options
  await using cleanup = new AsyncDisposableStack()
  const images = cleanup.use(imageSources({ insecureRegistries: options.insecureRegistries ?? [], signal }))
  const store = await LayerStore.open(options.root ?? defaultRoot(), (reference) => images.origin(reference))
  cleanup.use(await takeLease(store.paths))
  const secret = secretReader(options.secrets)
  const ssh = cleanup.use(sshAgents(options.ssh))
  const remote = { secret, sshSocket: (id: string) => ssh.socket(id), fetch: (...args: Parameters<typeof fetch>) => fetch(...args) }
  const contexts = await openContexts(options, contextTools(store, remote, { report, signal }))
  const resolver = baseImages({ store, pull: options.pull ?? false, repository: (reference) => images.repository(reference) })
  const kept = cleanup.move()
  return {
    store,
    images,
    remote,
    contexts,
    resolver,
    signal,
    report,
    lowerOptions: (dockerfile) => lowerOptions(options, contexts, dockerfile),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function contextTools(
  store: LayerStore,
  remote: RemoteAccess,
  { report, signal }: { readonly report: Reporter; readonly signal: AbortSignal },
): ContextTools {
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

function lowerOptions(options: BuildOptions, contexts: OpenedContexts, dockerfile: Dockerfile): readonly LowerOptions[] {
  const buildPlatform = hostPlatform()
  const platforms = distinctPlatforms(options.platforms ?? [], buildPlatform)
  const args = options.args ?? {}
  const epoch = sourceDateEpoch(dockerfile, { platform: platforms[0] ?? buildPlatform, buildPlatform, args })
  return platforms.map((platform) => ({
    ...definedOptions(options),
    platform,
    platformRequested: (options.platforms ?? []).length > 0,
    buildPlatform,
    args,
    contexts: contexts.named,
    mainContext: contexts.main,
    allow: options.allow ?? [],
    ...(epoch === undefined ? {} : { epoch, keepFileTimes: keepsFileTimes(options.outputs) }),
    ...(contexts.ignore ? { ignore: contexts.ignore } : {}),
  }))
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
