import type {
  AzurePlace,
  BucketCacheSource,
  BucketCacheTarget,
  GhaPlace,
  S3Place,
} from '../../../cache/options/bucket-options.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { parseDuration } from '../parse-duration.ts'
import type { SpecFields } from './spec-fields.ts'

/** Types of caches in object stores. */
export type BucketType = BucketCacheSource['kind']

/** Fields of a cache to read. Throws `UsageError`. */
export function parseBucketSource(type: BucketType, fields: SpecFields): BucketCacheSource {
  if (type === 'gha') return ghaPlace(fields)
  return { ...(type === 's3' ? s3Place(fields) : azurePlace(fields)), ...texts(fields, { name: 'name' }) }
}

/** Fields of a cache to write, without those that all types have. Throws `UsageError`. */
export function parseBucketTarget(type: BucketType, fields: SpecFields): BucketCacheTarget {
  switch (type) {
    case 'gha':
      return { ...ghaPlace(fields), ...duration(fields, 'timeout', 'timeout') }
    case 'azblob':
      return { ...azurePlace(fields), ...names(fields) }
    case 's3':
      return {
        ...s3Place(fields),
        ...names(fields),
        ...parallelism(fields),
        ...duration(fields, 'touchRefresh', 'touch_refresh'),
      }
  }
}

function ghaPlace(fields: SpecFields): GhaPlace {
  const url = fields.text('url_v2')
  if (fields.has('url') && url === undefined)
    throw new UsageError(`${fields.flag} url is the cache service that GitHub has switched off`, {
      hint: 'use url_v2, or neither in a job',
    })
  fields.text('url')
  const version = fields.text('version') ?? '2'
  if (version !== '2') throw new UsageError(`${fields.flag} version can only be 2`)
  return {
    kind: 'gha',
    ...(url !== undefined && { url }),
    ...texts(fields, { scope: 'scope', token: 'token', githubToken: 'ghtoken', repository: 'repository' }),
  }
}

function azurePlace(fields: SpecFields): AzurePlace {
  return {
    kind: 'azblob',
    ...texts(fields, {
      accountUrl: 'account_url',
      accountName: 'account_name',
      secretAccessKey: 'secret_access_key',
      connectionString: 'connection_string',
      container: 'container',
      prefix: 'prefix',
      blobsPrefix: 'blobs_prefix',
      manifestsPrefix: 'manifests_prefix',
    }),
  }
}

function s3Place(fields: SpecFields): S3Place {
  const bucket = fields.text('bucket')
  if (!bucket) throw new UsageError(`${fields.flag} needs bucket=NAME in "${fields.source}"`)
  const place = {
    kind: 's3',
    bucket,
    ...texts(fields, {
      region: 'region',
      endpointUrl: 'endpoint_url',
      prefix: 'prefix',
      blobsPrefix: 'blobs_prefix',
      manifestsPrefix: 'manifests_prefix',
      accessKeyId: 'access_key_id',
      secretAccessKey: 'secret_access_key',
      sessionToken: 'session_token',
    }),
    ...(fields.has('use_path_style') && { usePathStyle: fields.boolean('use_path_style', true) }),
  } as const
  if ('accessKeyId' in place !== 'secretAccessKey' in place)
    throw new UsageError(`${fields.flag} needs both access_key_id and secret_access_key, or neither`)
  return place
}

/** The fields that are given, under the names of options. */
function texts<const Names extends Readonly<Record<string, string>>>(
  fields: SpecFields,
  keys: Names,
): { readonly [Name in keyof Names]?: string } {
  const given: { [Name in keyof Names]?: string } = {}
  for (const name in keys) {
    const text = fields.text(keys[name] ?? name)
    if (text !== undefined) given[name] = text
  }
  return given
}

/** `name=main;branch`. */
function names(fields: SpecFields): { readonly names?: readonly string[] } {
  const text = fields.text('name')
  if (text === undefined) return {}
  const all = text.split(';').filter((name) => name !== '')
  if (all.length === 0) throw new UsageError(`${fields.flag} name is empty in "${fields.source}"`)
  return { names: all }
}

function parallelism(fields: SpecFields): { readonly uploadParallelism?: number } {
  const text = fields.text('upload_parallelism')
  if (text === undefined) return {}
  if (!/^[1-9]\d?$/.test(text))
    throw new UsageError(`invalid ${fields.flag} upload_parallelism "${text}": expected 1 to 99`)
  return { uploadParallelism: Number(text) }
}

/** A duration, in seconds, under the name of its option. */
function duration<const Name extends string>(
  fields: SpecFields,
  name: Name,
  key: string,
): { readonly [K in Name]?: number } {
  const given: { [K in Name]?: number } = {}
  const text = fields.text(key)
  if (text !== undefined) given[name] = parseDuration(`${fields.flag} ${key}`, text)
  return given
}
