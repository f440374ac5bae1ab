import type { Environment, HttpClient } from '@tsbuild/registry'
import type { AwsKeys } from '@tsbuild/cloud'

/** A bucket of S3, or of a server that speaks its protocol. */
export interface S3Options {
  readonly bucket: string
  /** Default: AWS_REGION, AWS_DEFAULT_REGION, the profile, `us-east-1`. */
  readonly region?: string
  /** URL of the server. Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, that of AWS. */
  readonly endpoint?: string
  /** The bucket is in the path, not in the host. Default: true for IP addresses and `localhost`. */
  readonly pathStyle?: boolean
  /** Before all keys, ends with `/`. Default: none. */
  readonly prefix?: string
  /** Before the digests of blobs. Default: `blobs/`. */
  readonly blobsPrefix?: string
  /** Before the names of manifests. Default: `manifests/`. */
  readonly manifestsPrefix?: string
  /** Default: those of the environment, profiles and metadata services. */
  readonly keys?: AwsKeys
  /**
   * Age in milliseconds of a blob that is renewed when it is found, so that rules which delete old
   * objects spare it. Default: never.
   */
  readonly renewAfter?: number
  readonly env: Environment
  readonly http: HttpClient
}
