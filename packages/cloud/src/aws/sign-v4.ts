import { createHash, createHmac } from 'node:crypto'

/** Keys of an AWS identity. */
export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Request to sign. Header names are lower case. */
export interface SignedRequest {
  readonly method: string
  /** Its path and query are encoded as they are sent. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the body, hex. */
  readonly payload: string
}

/** Scope of a signature. */
export interface SigningScope {
  readonly keys: AwsKeys
  readonly region: string
  readonly service: 's3' | 'sts' | 'ecr' | 'ecr-public'
  readonly time: Date
}

const algorithm = 'AWS4-HMAC-SHA256'

/**
 * The headers of a request with its signature (AWS Signature Version 4). All given headers are
 * signed.
 */
export function signV4(
  { method, url, headers, payload }: SignedRequest,
  { keys, region, service, time }: SigningScope,
): Readonly<Record<string, string>> {
  const date = time.toISOString().replace(/[:-]|\.\d{3}/g, '')
  const sent: Record<string, string> = {
    ...headers,
    'x-amz-content-sha256': payload,
    'x-amz-date': date,
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
  }
  const signed = Object.entries({ ...sent, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1))
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names,
    payload,
  ].join('\n')
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`
  const text = [algorithm, date, scope, sha256(canonical)].join('\n')
  const key = [date.slice(0, 8), region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${keys.secretAccessKey}`,
  )
  const signature = hmac(key, text).toString('hex')
  const credential = `${keys.accessKeyId}/${scope}`
  const authorization = `${algorithm} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`
  return { ...sent, authorization }
}

/** Percent-encodes everything but the unreserved characters of RFC 3986. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** SHA-256 in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort()
    .join('&')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
