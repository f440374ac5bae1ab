import type { Environment, HttpClient } from '@tsbuild/registry'

/** A container of Azure Blob Storage. */
export interface AzureOptions {
  /**
   * `https://ACCOUNT.blob.core.windows.net`, perhaps with a shared access signature as its query.
   * Default: that of the connection string, BUILDKIT_AZURE_STORAGE_ACCOUNT_URL, or made of the
   * name.
   */
  readonly accountUrl?: string
  /** Default: AZURE_STORAGE_ACCOUNT, or the first part of the host. */
  readonly accountName?: string
  /** Key of the account, base64. Default: AZURE_STORAGE_KEY. */
  readonly accountKey?: string
  /** Default: AZURE_STORAGE_CONNECTION_STRING. */
  readonly connectionString?: string
  /** Made if missing. Default: BUILDKIT_AZURE_STORAGE_CONTAINER, `buildkit-cache`. */
  readonly container?: string
  /** Before all names, a directory. Default: BUILDKIT_AZURE_STORAGE_PREFIX, none. */
  readonly prefix?: string
  /** Directory of blobs. Default: `blobs`. */
  readonly blobsPrefix?: string
  /** Directory of manifests. Default: `manifests`. */
  readonly manifestsPrefix?: string
  readonly env: Environment
  readonly http: HttpClient
}
