import type { CacheWriteOptions } from './cache-write-options.ts'

/** Place of a cache in a bucket of S3, or of a server that speaks its protocol. */
export interface S3Place {
  readonly kind: 's3'
  readonly bucket: string
  /** Default: AWS_REGION, AWS_DEFAULT_REGION, that of the profile, `us-east-1`. */
  readonly region?: string
  /** URL of another server than AWS. Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL. */
  readonly endpointUrl?: string
  /** The bucket is in the path of URLs. Default: true for IP addresses and `localhost`. */
  readonly usePathStyle?: boolean
  /** Before all keys. Default: none. */
  readonly prefix?: string
  /** Before the digests of layers. Default: `blobs/`. */
  readonly blobsPrefix?: string
  /** Before the names of caches. Default: `manifests/`. */
  readonly manifestsPrefix?: string
  /** Default: credentials of the environment, profiles and metadata services, as for AWS tools. */
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
}

/** A cache in S3. */
export interface S3CacheSource extends S3Place {
  /** Name of the cache. Default: `tsbuild`. */
  readonly name?: string
}

/** A cache in S3. */
export interface S3CacheTarget extends S3Place, CacheWriteOptions {
  /** Names of the cache. Default: `tsbuild`. */
  readonly names?: readonly string[]
  /** Layers that are uploaded at the same time. Default: 4. */
  readonly uploadParallelism?: number
  /**
   * Age in seconds of layers whose date is renewed, so that rules that delete old objects spare
   * them. Default: 86,400, a day.
   */
  readonly touchRefresh?: number
}
