import { isIP } from 'node:net'
import type { HttpResponse } from '@tsbuild/registry'
import { BucketError } from '../store/bucket-error.ts'
import { encodeRfc3986, findKeys, readProfile, sha256, signV4, toHttp } from '@tsbuild/cloud'
import { type ObjectRequest, withSignal } from '../store/object-request.ts'
import type { S3Options } from './s3-options.ts'

/** A request about one object of a bucket. */
export interface S3Request extends Omit<ObjectRequest, 'url'> {
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
}

/** Sends a signed request. */
export type S3Call = (request: S3Request) => Promise<HttpResponse>

/** Requests about the objects of a bucket, with the credentials that the environment has. */
export function s3Caller(options: S3Options): S3Call {
  const { env, http, keys } = options
  const find = keys === undefined ? findKeys({ env, http }) : async () => keys
  const region = findRegion(options)
  return async ({ method, key, query = {}, headers = {}, body, signal }) => {
    const url = objectUrl(options, await region, key)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const payload = sha256(body ?? '')
    const request = { method, url, headers, payload }
    const scope = { keys: await find(), region: await region, service: 's3', time: new Date() } as const
    const response = await http.fetch(
      toHttp({
        method,
        url,
        headers: signV4(request, scope),
        ...(body && { body }),
        signal: withSignal(http.signal, signal),
      }),
    )
    const actual = response.headers.get('x-amz-bucket-region')
    if ((response.status === 301 || response.status === 400) && actual !== null && actual !== (await region))
      throw wrongRegion(actual)
    return response
  }
}

function wrongRegion(region: string): BucketError {
  const hint = /^[a-z0-9-]{1,40}$/.test(region) ? `use region=${region}` : undefined
  return new BucketError('BUCKET_FAILED', 'the bucket is in another region', { hint })
}

async function findRegion({ region, env }: S3Options): Promise<string> {
  const named = region || env['AWS_REGION'] || env['AWS_DEFAULT_REGION']
  return named || (await readProfile(env))?.['region'] || 'us-east-1'
}

function objectUrl({ bucket, endpoint, pathStyle, env }: S3Options, region: string, key: string): URL {
  const base = endpoint || env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || awsEndpoint(region)
  if (!URL.canParse(base) || !/^https?:/.test(base))
    throw new BucketError('BUCKET_FAILED', 'the endpoint is not an http or https URL')
  const url = new URL(base)
  // A URL would resolve them, and lead to another bucket.
  if (/(^|\/)\.{1,2}(\/|$)/.test(`${bucket}/${key}`))
    throw new BucketError('BUCKET_FAILED', 'a name or prefix has "." or ".." between slashes')
  const inPath = pathStyle ?? (isIP(url.hostname.replace(/[[\]]/g, '')) !== 0 || url.hostname === 'localhost')
  // A dot in the name would not match the certificate of the host.
  const directory = inPath || bucket.includes('.') ? [bucket] : []
  if (directory.length === 0) url.hostname = `${bucket}.${url.hostname}`
  const path = [...directory, ...key.split('/')].map(encodeRfc3986).join('/')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
  return url
}

function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}
