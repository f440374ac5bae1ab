import type { S3CacheSource, S3CacheTarget, S3Place } from '../../cache/bucket-options.ts'
import type { CacheWriteOptions } from '../../cache/cache-write-options.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseDuration } from './parse-duration.ts'
import type { SpecFields } from './spec-fields.ts'

/** Fields of `type=s3` to read. Throws `UsageError`. */
export function parseS3Source(fields: SpecFields): S3CacheSource {
  return { ...s3Place(fields), ...texts(fields, { name: 'name' }) }
}

/** Fields of `type=s3` to write, without those that all types have. Throws `UsageError`. */
export function parseS3Target(fields: SpecFields): Omit<S3CacheTarget, keyof CacheWriteOptions> {
  const refresh = fields.text('touch_refresh')
  return {
    ...s3Place(fields),
    ...names(fields),
    ...parallelism(fields),
    ...(refresh !== undefined && { touchRefresh: parseDuration(`${fields.flag} touch_refresh`, refresh) }),
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
