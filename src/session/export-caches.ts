import type { Compression } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { asCacheError, CacheError } from '../cache/model/cache-error.ts'
import { cachedForm } from '../cache/options/cached-form.ts'
import { type CachedMount, encodeCache } from '../cache/model/cache-document.ts'
import type { ReapiCacheTarget } from '../cache/options/cache-options.ts'
import type { MountWriteOptions } from '../cache/options/cache-write-options.ts'
import { type CacheExport, exportCache } from '../cache/image/export-cache.ts'
import { ImportedCache } from '../cache/image/imported-cache.ts'
import { recordTable } from '../cache/model/record-table.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { Layer } from '../layer/layer.ts'
import type { BuildRequest } from '../build-request.ts'
import type { ReapiConnection } from '../reapi/connections.ts'
import { type ReapiServer, serverName } from '../reapi/server-options.ts'
import type { Solver } from '../solve/solver.ts'
import { reapiCachePatience } from './caches/cache-patience.ts'
import { describeSource, nameOfTarget, openTarget, sourceOf, type WrittenPlace } from './caches/cache-places.ts'
import type { CarriedExport, CarryRequest } from './carry-mounts.ts'
import { cachedSteps, cleanSteps } from './steps/cached-steps.ts'
import type { Session } from './session.ts'

type WrittenCache = WrittenPlace | ReapiCacheTarget

export interface CacheExportParts {
  readonly session: Pick<
    Session,
    | 'cache'
    | 'executors'
    | 'store'
    | 'cacheImages'
    | 'buckets'
    | 'servers'
    | 'cacheKey'
    | 'mounts'
    | 'guard'
    | 'provider'
    | 'report'
    | 'signal'
  >
  readonly solver: Solver
  readonly solved: readonly SolvedTarget[]
  /** Of the layers of the image. */
  readonly compression: Compression
}

/**
 * Writes the caches of the options. Resolves when all are written or have failed: with a warning
 * each, or, for those that must not fail, with the first error.
 */
export async function exportCaches(options: BuildRequest, parts: CacheExportParts): Promise<void> {
  const targets = (options.cacheTo ?? []).filter((target) => target.kind !== 'inline')
  if (targets.length === 0) return
  await Promise.all(targets.map((target, index) => exportOne(target, `cache-export-${index + 1}`, { options, parts })))
}

/** Text for the config of the image of a target: the steps whose layers are in it. */
export async function inlineRecords(
  target: SolvedTarget,
  parts: Pick<CacheExportParts, 'session' | 'solver'>,
): Promise<string> {
  const steps = await cachedSteps([target], 'min', parts)
  return encodeCache(await recordTable(steps, async () => undefined), parts.session.cacheKey)
}

async function exportOne(
  target: WrittenCache,
  vertex: string,
  { options, parts }: { readonly options: BuildRequest; readonly parts: CacheExportParts },
): Promise<void> {
  const { report, signal } = parts.session
  const name = cacheName(target)
  await report({ type: 'vertex-started', vertex, name: `exporting cache to ${name}`, time: Date.now() })
  try {
    const steps = await write(target, vertex, parts)
    await report({ type: 'log', vertex, stream: 'stderr', data: Buffer.from(`${steps} steps\n`), time: Date.now() })
    await report({ type: 'vertex-finished', vertex, time: Date.now() })
  } catch (error) {
    const trouble = asCacheError(name, error)
    await report({ type: 'vertex-finished', vertex, time: Date.now(), error: trouble.message })
    signal.throwIfAborted()
    if (!(target.ignoreError ?? options.cacheStrict !== true)) throw trouble
    await report({ type: 'warning', code: 'CacheNotWritten', message: `${trouble.message}; the cache was not written` })
  }
}

async function write(target: WrittenCache, vertex: string, parts: CacheExportParts): Promise<number> {
  const { session, solved } = parts
  const { store, cacheKey, report } = session
  const signal = withBudget(target, session.signal)
  const common = {
    store,
    steps: await cleanSteps(await cachedSteps(solved, target.mode ?? 'min', parts), {
      ...session,
      to: cacheName(target),
    }),
    blobOf: (layer: Layer) => cachedForm(layer, target, isFinal(layer, solved) ? parts.compression : { type: 'none' }),
    ...(cacheKey !== undefined && { key: cacheKey }),
    signal,
    onProgress: ({ digest, size }: Descriptor, done: number) =>
      report({ type: 'transfer', vertex, id: digest, done, total: size }),
  }
  if (target.kind === 'reapi') {
    const to = await session.servers.open(serverOf(target), reapiCachePatience)
    const { exportReapi } = await import('../cache/reapi/export-reapi.ts')
    const steps = await exportReapi({ ...common, to })
    if (target.mounts !== undefined) await exportReapiMounts(target, to, { common, vertex, parts })
    return steps
  }
  const destination = await openTarget(target, { images: session.cacheImages, buckets: session.buckets })
  const previous = (): Promise<readonly CachedMount[]> => previousMounts(target, session)
  await using mounts =
    target.mounts && (await exportedMounts(target, vertex, { ...parts, to: destination.to, previous }))
  // Awaited here, because the blobs of mounts end with this block.
  return await exportCache({
    ...common,
    ...destination,
    ...(mounts && { mounts }),
    asIndex: target.imageManifest === false,
  })
}

/** The server of a target, so that reading and writing share a connection. */
function serverOf({
  kind: _kind,
  mode: _mode,
  compression: _compression,
  forceCompression: _force,
  ignoreError: _ignore,
  mounts: _mounts,
  mountsMaxSize: _size,
  scope: _scope,
  ...server
}: ReapiCacheTarget): ReapiServer {
  return server
}

/** Seconds that a cache of GitHub Actions may take to be written. */
const defaultTimeout = 600

/** The signal, which is also aborted when the time of a cache is over. */
function withBudget(target: WrittenCache, signal: AbortSignal): AbortSignal {
  if (target.kind !== 'gha') return signal
  const seconds = target.timeout ?? defaultTimeout
  const late = new AbortController()
  const reason = `it took more than ${seconds} s`
  const error = new CacheError('CACHE_UNAVAILABLE', { cache: nameOfTarget(target), reason })
  setTimeout(() => late.abort(error), seconds * 1000).unref()
  return AbortSignal.any([signal, late.signal])
}

async function exportReapiMounts(
  target: ReapiCacheTarget,
  to: ReapiConnection,
  {
    common,
    vertex,
    parts,
  }: {
    readonly common: Pick<CacheExport, 'key' | 'signal' | 'onProgress'>
    readonly vertex: string
    readonly parts: CacheExportParts
  },
): Promise<void> {
  const place = { ...common, scope: target.scope ?? '' }
  const { readMounts, writeMounts } = await import('../cache/reapi/reapi-mounts.ts')
  const previous = (): Promise<readonly CachedMount[]> => readMounts(to, place)
  await using mounts = await exportedMounts(target, vertex, { ...parts, to: to.content, previous })
  if (mounts.mounts.length > 0) await writeMounts(mounts, to, place)
}

/** The mounts that a manifest there has. */
function previousMounts(
  target: WrittenPlace,
  { store, cacheImages: images, buckets, cacheKey }: CacheExportParts['session'],
): Promise<readonly CachedMount[]> {
  return new ImportedCache({
    ...describeSource(sourceOf(target), { images, buckets }),
    store,
    baseLayer: async () => undefined,
    ...(cacheKey !== undefined && { key: cacheKey }),
  }).mounts()
}

/** Loaded late: most caches carry no mounts. */
async function exportedMounts(
  target: MountWriteOptions,
  vertex: string,
  { session, solved, to, previous }: CacheExportParts & Pick<CarryRequest, 'to' | 'previous'>,
): Promise<CarriedExport> {
  const { report } = session
  const { carryMounts } = await import('./carry-mounts.ts')
  return carryMounts({
    ...target,
    session,
    solved,
    to,
    previous,
    log: async (line) => {
      await report({ type: 'log', vertex, stream: 'stderr', data: Buffer.from(`${line}\n`), time: Date.now() })
    },
  })
}

function cacheName(target: WrittenCache): string {
  return target.kind === 'reapi' ? serverName(target) : nameOfTarget(target)
}

function isFinal({ id }: Layer, solved: readonly SolvedTarget[]): boolean {
  return solved.some(({ snapshot }) => snapshot.some((layer) => layer.id === id))
}
