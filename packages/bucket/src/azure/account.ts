import { BucketError } from '../store/bucket-error.ts'
import type { AzureOptions } from './azure-options.ts'
import type { AccountKey } from './shared-key.ts'

/** A storage account and the secrets that are known about it. */
export interface Account {
  /** Without a query. */
  readonly url: URL
  readonly key?: AccountKey
  /** Shared access signature: a query. */
  readonly signature?: string
}

/** The account of options and environment. Throws `BucketError` without one. */
export function findAccount(options: AzureOptions): Account {
  const { env } = options
  const settings = parseConnection(options.connectionString || env['AZURE_STORAGE_CONNECTION_STRING'] || '')
  const given = options.accountUrl || env['BUILDKIT_AZURE_STORAGE_ACCOUNT_URL']
  const named = options.accountName || settings.get('accountname') || env['AZURE_STORAGE_ACCOUNT']
  const text = given || settings.get('blobendpoint') || (named && hostUrl(named, settings))
  if (!text || !URL.canParse(text) || !/^https?:/.test(text))
    throw new BucketError('BUCKET_FAILED', 'no URL of an Azure storage account', {
      hint: 'set account_url=https://ACCOUNT.blob.core.windows.net',
    })
  const url = new URL(text)
  const signature = url.search || settings.get('sharedaccesssignature') || env['AZURE_STORAGE_SAS_TOKEN']
  const key = options.accountKey || settings.get('accountkey') || env['AZURE_STORAGE_KEY']
  url.search = ''
  const account = named || (url.hostname.split('.')[0] ?? '')
  return {
    url,
    ...(signature && { signature: signature.replace(/^\?/, '') }),
    ...(key && { key: { account, key } }),
  }
}

function hostUrl(account: string, settings: ReadonlyMap<string, string>): string {
  const protocol = settings.get('defaultendpointsprotocol') ?? 'https'
  return `${protocol}://${account}.blob.${settings.get('endpointsuffix') ?? 'core.windows.net'}`
}

/** `Name=value;…`, names in lower case. Values may have `=`. */
function parseConnection(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(';')
      .map((field) => [field, field.indexOf('=')] as const)
      .filter(([, at]) => at > 0)
      .map(([field, at]) => [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()]),
  )
}
