import type { CacheWriteOptions, SharedWriteOptions } from './cache-write-options.ts'

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
export interface S3CacheTarget extends S3Place, SharedWriteOptions {
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

/** The cache of GitHub Actions. */
export interface GhaPlace {
  readonly kind: 'gha'
  /** Name of the cache, which scopes of GitHub, branches, have beside. Default: `tsbuild`. */
  readonly scope?: string
  /** Runtime token of the job. Default: ACTIONS_RUNTIME_TOKEN. */
  readonly token?: string
  /** URL of the cache service, version 2. Default: ACTIONS_RESULTS_URL. */
  readonly url?: string
  /** Token of GitHub, to look layers up in one list. Default: none. */
  readonly githubToken?: string
  /** `owner/name`, for that list. Default: GITHUB_REPOSITORY. */
  readonly repository?: string
}

/** A cache in GitHub Actions. */
export type GhaCacheSource = GhaPlace

/** A cache in GitHub Actions. */
export interface GhaCacheTarget extends GhaPlace, CacheWriteOptions {
  /** Seconds that writing may take. Default: 600. */
  readonly timeout?: number
}

/** Place of a cache in a container of Azure Blob Storage. */
export interface AzurePlace {
  readonly kind: 'azblob'
  /** `https://ACCOUNT.blob.core.windows.net`. Default: that of the environment. */
  readonly accountUrl?: string
  /** Default: the first part of the host. */
  readonly accountName?: string
  /** Key of the account. Default: credentials of the environment, as for the tools of Azure. */
  readonly secretAccessKey?: string
  /** Default: AZURE_STORAGE_CONNECTION_STRING. */
  readonly connectionString?: string
  /** Default: `buildkit-cache`. */
  readonly container?: string
  /** Directory of everything. Default: none. */
  readonly prefix?: string
  /** Directory of layers. Default: `blobs`. */
  readonly blobsPrefix?: string
  /** Directory of caches. Default: `manifests`. */
  readonly manifestsPrefix?: string
}

/** A cache in Azure Blob Storage. */
export interface AzureCacheSource extends AzurePlace {
  /** Name of the cache. Default: `tsbuild`. */
  readonly name?: string
}

/** A cache in Azure Blob Storage. */
export interface AzureCacheTarget extends AzurePlace, SharedWriteOptions {
  /** Names of the cache. Default: `tsbuild`. */
  readonly names?: readonly string[]
}

/** A cache to read in an object store. */
export type BucketCacheSource = S3CacheSource | GhaCacheSource | AzureCacheSource

/** A cache to write in an object store. */
export type BucketCacheTarget = S3CacheTarget | GhaCacheTarget | AzureCacheTarget
