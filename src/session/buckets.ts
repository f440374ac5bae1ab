import type { BucketContent, S3Options } from '@tsbuild/bucket'
import { createHttpClient, type HttpClient } from '@tsbuild/registry'
import type { BuildRequest } from '../build-request.ts'
import type { S3CacheSource, S3CacheTarget, S3Place } from '../cache/bucket-options.ts'
import { cachePatience } from './cache-patience.ts'

/** Object stores of a build. */
export interface Buckets extends AsyncDisposable {
  /** Opens a cache to read; requests nothing yet. Rejects with `BucketError`. */
  read(source: S3CacheSource): Promise<BucketContent>
  /** Opens a cache to write, in which layers that are found are renewed. */
  write(target: S3CacheTarget): Promise<BucketContent>
}

/** Name of a cache whose user gave it none. */
export const defaultName = 'tsbuild'

/** Age of layers that are renewed, in seconds. */
const defaultRefresh = 24 * 60 * 60

/** Object stores with the patience that caches deserve. */
export function openBuckets({ env, signal }: Pick<BuildRequest, 'env' | 'signal'>): Buckets {
  let client: HttpClient | undefined
  const open = async (place: S3Place, more: Pick<S3Options, 'renewAfter'> = {}): Promise<BucketContent> => {
    // Loaded late: few builds need it.
    const { BucketContent, openS3 } = await import('@tsbuild/bucket')
    const http = (client ??= createHttpClient({ env, signal, ...cachePatience }))
    return new BucketContent(openS3({ ...s3Options(place), ...more, env, http }), http)
  }
  return {
    read: (source) => open(source),
    write: (target) => open(target, { renewAfter: (target.touchRefresh ?? defaultRefresh) * 1000 }),
    [Symbol.asyncDispose]: async () => client?.close(),
  }
}

/** For people. Without parts that may have secrets. */
export function bucketName({ bucket, prefix = '' }: S3Place, names: readonly string[] = [defaultName]): string {
  return `s3://${bucket}/${prefix}${names.join(',')}`
}

function s3Options(place: S3Place): Omit<S3Options, 'env' | 'http'> {
  const { endpointUrl, usePathStyle, accessKeyId, secretAccessKey, sessionToken, ...same } = place
  const hasKeys = accessKeyId !== undefined && secretAccessKey !== undefined
  return {
    ...same,
    ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
    ...(usePathStyle !== undefined && { pathStyle: usePathStyle }),
    ...(hasKeys && { keys: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) } }),
  }
}
