import type { Bucket, BucketContent, VersionedDocuments } from '@tsbuild/bucket'
import type { SingleFlight } from '@tsbuild/content'
import { createHttpClient, type HttpClient } from '@tsbuild/registry'
import type { BuildRequest } from '../../build-request.ts'
import type {
  AzureCacheTarget,
  AzurePlace,
  BucketCacheSource,
  BucketCacheTarget,
  S3CacheTarget,
} from '../../cache/options/bucket-options.ts'
import { cachePatience } from './cache-patience.ts'

/** Object stores of a build. */
export interface Buckets extends AsyncDisposable {
  /** Opens a cache to read; requests nothing yet. Rejects with `BucketError`. */
  read(source: BucketCacheSource): Promise<BucketContent>
  /** Opens a cache to write, in which layers that are found are renewed. */
  write(target: BucketCacheTarget): Promise<BucketContent>
  /** Opens the claims and results of steps beside a cache to write. */
  share(target: S3CacheTarget | AzureCacheTarget): Promise<SingleFlight>
}

/** Age of layers in S3 that are renewed, in seconds. */
const defaultRefresh = 24 * 60 * 60

/** Object stores with the patience that caches deserve. */
export function openBuckets({ env, signal }: Pick<BuildRequest, 'env' | 'signal'>): Buckets {
  let client: HttpClient | undefined
  // A claim must not wait for the uploads of layers.
  let quick: HttpClient | undefined
  const open = async (place: BucketCacheSource | BucketCacheTarget, renewAfter?: number): Promise<BucketContent> => {
    // Loaded late: few builds need it.
    const { BucketContent } = await import('@tsbuild/bucket')
    const http = (client ??= createHttpClient({ env, signal, ...cachePatience }))
    return new BucketContent(await openBucket(place, { env, http, renewAfter }), http)
  }
  return {
    read: (source) => open(source),
    write: (target) =>
      open(target, ((target.kind === 's3' ? target.touchRefresh : undefined) ?? defaultRefresh) * 1000),
    share: async (target) => {
      const { BucketFlights } = await import('@tsbuild/bucket')
      const http = (quick ??= createHttpClient({ env, signal, ...cachePatience, concurrency: 64 }))
      const { documents } = await openBucket(target, { env, http, renewAfter: undefined })
      if (documents === undefined) throw new Error(`${target.kind} has no documents`)
      const [name = defaultName] = namesIn(target)
      return new BucketFlights(within(documents, `${name}.steps/`))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([client?.close(), quick?.close()])
    },
  }
}

/** The documents in a directory. */
function within(documents: VersionedDocuments, directory: string): VersionedDocuments {
  return {
    read: (name, signal) => documents.read(`${directory}${name}`, signal),
    write: (name, ...content) => documents.write(`${directory}${name}`, ...content),
  }
}

/** Name of a cache whose user gave it none. */
const defaultName = 'tsbuild'

/** Name of a cache to read. */
export function nameIn(source: BucketCacheSource): string {
  return (source.kind === 'gha' ? source.scope : source.name) ?? defaultName
}

/** Names of a cache to write. */
export function namesIn(target: BucketCacheTarget): readonly string[] {
  if (target.kind === 'gha') return [nameIn(target)]
  return target.names ?? [defaultName]
}

/** A place for people, without parts that may have secrets. */
export function formatPlace(place: BucketCacheSource | BucketCacheTarget, names: readonly string[]): string {
  const name = names.join(',')
  switch (place.kind) {
    case 's3':
      return `s3://${place.bucket}/${place.prefix ?? ''}${name}`
    case 'gha':
      return `gha:${name}`
    case 'azblob':
      return ['azblob:/', hostOf(place), place.container, place.prefix, name].filter(Boolean).join('/')
  }
}

/** The rest of the URL may have a signature. */
function hostOf({ accountUrl = '' }: AzurePlace): string {
  return URL.canParse(accountUrl) ? new URL(accountUrl).host : ''
}

async function openBucket(
  place: BucketCacheSource | BucketCacheTarget,
  {
    renewAfter,
    ...rest
  }: Pick<BuildRequest, 'env'> & { readonly http: HttpClient; readonly renewAfter: number | undefined },
): Promise<Bucket> {
  const { openAzure, openGha, openS3 } = await import('@tsbuild/bucket')
  switch (place.kind) {
    case 'gha':
      return openGha({ ...place, ...rest })
    case 'azblob': {
      const { secretAccessKey, ...same } = place
      return openAzure({ ...same, ...rest, ...(secretAccessKey !== undefined && { accountKey: secretAccessKey }) })
    }
    case 's3': {
      const { endpointUrl, usePathStyle, accessKeyId, secretAccessKey, sessionToken, ...same } = place
      const hasKeys = accessKeyId !== undefined && secretAccessKey !== undefined
      return openS3({
        ...same,
        ...rest,
        ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
        ...(usePathStyle !== undefined && { pathStyle: usePathStyle }),
        ...(hasKeys && { keys: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) } }),
        ...(renewAfter !== undefined && { renewAfter }),
      })
    }
  }
}
