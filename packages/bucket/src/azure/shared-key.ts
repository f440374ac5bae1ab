import { createHmac } from 'node:crypto'
import type { ObjectRequest } from '../store/object-request.ts'

/** Key of a storage account. */
export interface AccountKey {
  readonly account: string
  /** Base64. */
  readonly key: string
}

/** Headers that are lines of their own, in this order. */
const lines = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
] as const

/**
 * The headers of a request with its authorization ("Authorize with Shared Key", version 2015-02-21
 * and later, in which an empty length is left out).
 */
export function signSharedKey(
  { method, url, headers = {}, body }: ObjectRequest,
  { account, key }: AccountKey,
  time: Date,
): Readonly<Record<string, string>> {
  const sent: Record<string, string> = { ...headers, 'x-ms-date': time.toUTCString() }
  const length = body === undefined || body.length === 0 ? '' : String(body.length)
  const values: Readonly<Record<string, string>> = { ...sent, 'content-length': length }
  const text = [
    method,
    ...lines.map((name) => values[name] ?? ''),
    ...Object.keys(sent)
      .filter((name) => name.startsWith('x-ms-'))
      .sort()
      .map((name) => `${name}:${sent[name]?.trim()}`),
    `/${account}${url.pathname}`,
    ...[...url.searchParams].map(([name, value]) => `${name.toLowerCase()}:${value}`).sort(),
  ].join('\n')
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
  return { ...sent, authorization: `SharedKey ${account}:${signature}` }
}
