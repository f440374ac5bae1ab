import { createHash } from 'node:crypto'
import type { HttpClient } from '@tsbuild/registry'
import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { readText, toHttp } from '@tsbuild/cloud'

/** The cache service of GitHub Actions, version 2: Twirp with JSON. */
export interface CacheService {
  /** URL to upload a new entry to; undefined when the key is taken, perhaps by an upload. */
  create(key: string): Promise<URL | undefined>
  /** Makes an uploaded entry visible. */
  finish(key: string, size: number): Promise<void>
  /** The entry of this key, else the newest whose key begins with it; undefined without one. */
  find(key: string): Promise<{ readonly key: string; readonly url: URL } | undefined>
}

/** Keys of other programs, whose entries have another version, are never found. */
const version = createHash('sha256').update('tsbuild cache 1').digest('hex')

const service = 'twirp/github.actions.results.api.v1.CacheService'

/** The service at `base`, for the job of a runtime token. */
export function cacheService(
  base: URL,
  token: string,
  { fetch, signal }: Pick<HttpClient, 'fetch' | 'signal'>,
): CacheService {
  const call = async (method: string, fields: object): Promise<Answer> => {
    const url = new URL(`${service}/${method}`, base)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = Buffer.from(JSON.stringify({ ...fields, version }))
    const response = await fetch(toHttp({ method: 'POST', url, headers, body, signal }))
    if (response.status === 200) return decode(await readText(response), method)
    const error = await errorFrom(response, method)
    if (error.status === 409 || error.answer === 'not_found') return new Map()
    throw error
  }
  return {
    create: async (key) => addressIn(await call('CreateCacheEntry', { key }), 'signed_upload_url', base),
    finish: async (key, size) => {
      const answer = await call('FinalizeCacheEntryUpload', { key, size_bytes: String(size) })
      if (answer.get('ok') !== true) throw new BucketError('BUCKET_FAILED', 'FinalizeCacheEntryUpload: not accepted')
    },
    find: async (key) => {
      const answer = await call('GetCacheEntryDownloadURL', { key, restore_keys: [key] })
      const url = addressIn(answer, 'signed_download_url', base)
      const matched = answer.get('matched_key')
      // A key of its own choice would make the server the author of what is read under another one.
      return url !== undefined && typeof matched === 'string' && matched.startsWith(key)
        ? { key: matched, url }
        : undefined
    },
  }
}

/** Members by name, in snake case. */
type Answer = ReadonlyMap<string, unknown>

function decode(text: string, method: string): Answer {
  try {
    const value: unknown = JSON.parse(text)
    // Twirp may answer with the other spelling of proto3.
    return new Map(Object.entries(Object(value)).map(([name, member]) => [snakeCase(name), member]))
  } catch {
    throw new BucketError('BUCKET_FAILED', `${method}: the answer is not JSON`)
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A URL of an answer that grants something; undefined for one that does not. */
function addressIn(answer: Answer, member: string, base: URL): URL | undefined {
  const text = answer.get(member)
  if (answer.get('ok') !== true || typeof text !== 'string' || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && base.protocol === 'http:')) return url
  throw new BucketError('BUCKET_FAILED', `the cache service names a place without https: ${url.host}`)
}
