import type { Digest } from '@tsbuild/oci'
import { type CacheError, findCacheError } from '../../cache/model/cache-error.ts'
import { CarriedMounts } from '../../cache/carried-mounts.ts'
import type { CacheSource } from '../../cache/options/cache-options.ts'
import { ImportedCache, type ImportedCacheOptions } from '../../cache/image/imported-cache.ts'
import { layeredCache } from '../../cache/layered-cache.ts'
import { localCache } from '../../cache/local/local-cache.ts'
import { ReapiCache } from '../../cache/reapi/reapi-cache.ts'
import type { LoweredTarget } from '../../frontend/state/lowered.ts'
import { walk } from '../../graph/walk.ts'
import type { Layer } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { ImageSources } from '../../op/images/image-sources.ts'
import type { BuildRequest } from '../../build-request.ts'
import type { Reporter } from '../../progress/event.ts'
import type { ReapiConnection, ReapiConnections } from '../../reapi/connections.ts'
import { serverName } from '../../reapi/server-options.ts'
import type { RootfsProvider } from '../../rootfs/protocol/provider.ts'
import type { CacheStore } from '../../solve/cache-store.ts'
import type { OpExecutors } from '../../solve/executor.ts'
import type { Buckets } from './buckets.ts'
import { reapiCachePatience } from './cache-patience.ts'
import { describeSource } from './cache-places.ts'

/** The caches of a build that are read. */
export interface BuildCaches {
  readonly cache: CacheStore
  /**
   * Gives up the cache that an error is about, so that the build can go on without it; false for
   * other errors and for builds that insist on their caches.
   */
  forsake(error: unknown): Promise<boolean>
  /** Cache mounts from elsewhere. */
  readonly mounts: CarriedMounts
}

/** Parts of a session that caches need. */
export interface CacheParts {
  readonly store: LayerStore
  /** Registries with the patience that caches deserve. */
  readonly images: ImageSources
  readonly buckets: Buckets
  readonly servers: ReapiConnections
  readonly executors: OpExecutors
  provider(): Promise<RootfsProvider>
  readonly targets: readonly LoweredTarget[]
  readonly report: Reporter
  readonly signal: AbortSignal
}

/** Opens the caches of the options; nothing is read before a key is looked up. */
export function openCaches(options: BuildRequest, key: Uint8Array | undefined, parts: CacheParts): BuildCaches {
  const { store, report, signal } = parts
  const needs = { store, baseLayer: baseLayers(parts), ...(key !== undefined && { key }) }
  const imported = (options.cacheFrom ?? []).map((source) => openCache(source, needs, parts))
  const onTrouble = async (error: CacheError): Promise<void> => {
    signal.throwIfAborted()
    if (options.cacheStrict === true) throw error
    await report({ type: 'warning', code: 'CacheNotRead', message: `${error.message}; building without it` })
  }
  const mountTrouble = async (error: CacheError): Promise<void> => {
    signal.throwIfAborted()
    if (options.cacheStrict === true) throw error
    await report({ type: 'warning', code: 'CacheNotRead', message: `${error.message}; doing without it` })
  }
  return {
    cache: layeredCache({ local: localCache(store, report), imported, report, onTrouble }),
    mounts: new CarriedMounts({
      paths: store.paths,
      imported,
      provider: parts.provider,
      report,
      signal,
      onTrouble: mountTrouble,
    }),
    forsake: async (error) => {
      const trouble = findCacheError(error)
      const cache = imported.find(({ name, isDropped }) => name === trouble?.cache && !isDropped)
      if (trouble === undefined || cache === undefined || signal.aborted || options.cacheStrict === true) return false
      cache.drop()
      await onTrouble(trouble)
      return true
    },
  }
}

function openCache(
  source: CacheSource,
  needs: Pick<ImportedCacheOptions, 'store' | 'baseLayer' | 'key'>,
  parts: CacheParts,
): ImportedCache | ReapiCache {
  if (source.kind !== 'reapi') return new ImportedCache({ ...needs, ...describeSource(source, parts) })
  const { kind: _, scope, ...server } = source
  const connect = (): Promise<ReapiConnection> => parts.servers.open(server, reapiCachePatience)
  return new ReapiCache({ ...needs, name: serverName(server), connect, ...(scope !== undefined && { scope }) })
}

/** Layers of the base images of a build, by diffId; their documents are read when one is needed. */
export function baseLayers({
  executors,
  targets,
  report,
  signal,
}: Pick<CacheParts, 'executors' | 'targets' | 'report' | 'signal'>): (diffId: Digest) => Promise<Layer | undefined> {
  const read = async (): Promise<ReadonlyMap<Digest, Layer>> => {
    const known = new Map<Digest, Layer>()
    const reading: Promise<void>[] = []
    const context = { vertex: 'cache', signal, report, compression: { type: 'none' } } as const
    for (const { rootfs } of targets)
      walk(rootfs, ({ op }) => {
        if (op.kind !== 'image') return
        reading.push(
          executors.image.run(op, [], context).then((layers) => {
            for (const layer of layers) known.set(layer.id, layer)
          }),
        )
      })
    await Promise.all(reading)
    return known
  }
  let layers: Promise<ReadonlyMap<Digest, Layer>> | undefined
  return async (diffId) => (await (layers ??= read())).get(diffId)
}
